import { useEffect, useState } from 'react';
import type { AttentionView, DocumentView } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { SelectField } from '../components/fields.tsx';
import { FilePicker, useFileDrop } from '../components/file-picker.tsx';
import { ErrorNotice, Notice } from '../components/notices.tsx';
import { SeparatorSheets } from '../components/separator-sheets.tsx';
import { codes, t } from '../i18n/i18n.ts';
import { addFiles, useFileChecks } from '../state/file-checks.ts';
import { useScanProfiles } from '../state/queries.ts';
import { useEveryAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { CommitmentField } from './application-stage.tsx';
import { useAttentionWork } from './attention-context.tsx';
import { BringPanel } from './bring-panel.tsx';
import { BroughtGroup, BroughtPreview } from './brought-group.tsx';
import { DocumentGroup } from './document-group.tsx';
import { PagePreview } from './page-preview.tsx';
import type { PageActions } from './page-preview.tsx';
import { GlassDialog, useCanLook, useGlassLook } from './glass-look.tsx';
import { findMove, findMoveAcross, listPages } from './paper-moves.ts';
import styles from './papers.module.css';
import { documentTypeOf, ScanNotice, useScanning } from './scan-job.tsx';
import type { Scanning, ScanTarget } from './scan-job.tsx';
import { StageFrame } from './stage-frame.tsx';

/** Pages come in from the scanner and files from what the person carries; they become documents and get a name. */
export function PapersStage() {
  const bridge = useBridge();
  const { attention, form, change } = useAttentionWork();
  const { selectedPageId, selectPage } = useView();
  const scanning = useScanning();
  const [removed, setRemoved] = useState<string | null>(null);
  const [shownId, setShownId] = useState<string | null>(null);
  const checks = useFileChecks(attention.attentionId);
  const listed = attention.documents.filter((document) => document.role !== 'consent' && document.origin !== 'typed');
  const documents = listed.filter(({ origin }) => origin === 'scanned');
  const brought = listed.filter(({ origin }) => origin === 'brought');
  const pages = listPages(documents);
  const shown =
    brought.find(({ documentId }) => documentId === shownId) ?? (pages.length === 0 ? brought.at(-1) : undefined);
  const selected = pages.find(({ page }) => page.pageId === selectedPageId) ?? pages.at(-1) ?? null;

  const edit = useEveryAction(change);
  const move = (pageId: string, to: ReturnType<typeof findMove>) => {
    if (to === null) return;
    void edit.run(() => bridge.call('pages.move', { pageId, ...to })).then(() => focusPage(pageId));
  };
  const removePage = (pageId: string) => {
    const index = pages.findIndex(({ page }) => page.pageId === pageId);
    const neighbour = (pages[index + 1] ?? pages[index - 1])?.page.pageId ?? null;
    void edit
      .run(() => bridge.call('pages.remove', { pageId }))
      .then((isDone) => {
        if (!isDone) return;
        selectPage(neighbour);
        setRemoved(t('papers.removedPage'));
        if (neighbour !== null) focusPage(neighbour);
      });
  };
  const actions: PageActions = {
    move: (direction) =>
      selected === null ? undefined : move(selected.page.pageId, findMove(documents, selected.page.pageId, direction)),
    moveAcross: (direction) =>
      selected === null
        ? undefined
        : move(selected.page.pageId, findMoveAcross(documents, selected.page.pageId, direction)),
    canMoveAcross: (direction) =>
      selected !== null && findMoveAcross(documents, selected.page.pageId, direction) !== null,
    split: () =>
      selected === null
        ? undefined
        : void edit.run(() => bridge.call('documents.splitAt', { pageId: selected.page.pageId })),
    remove: () => (selected === null ? undefined : removePage(selected.page.pageId)),
    rescan: () =>
      selected === null ? undefined : void scanning.start.run({ kind: 'replacePage', pageId: selected.page.pageId }),
    isScanning: scanning.isRunning,
  };
  const undo = () =>
    void edit
      .run(() => bridge.call('papers.undoRemoval', { attentionId: attention.attentionId }))
      .then(() => setRemoved(null));
  const isOver = useFileDrop((files) => addFiles(bridge, attention.attentionId, files));
  // A page that is chosen takes the place of the file that was shown.
  useEffect(() => setShownId(null), [selectedPageId]);
  useShortcuts({
    Delete: selected === null || shown !== undefined ? undefined : actions.remove,
    'Alt+ArrowLeft': () => actions.move('earlier'),
    'Alt+ArrowRight': () => actions.move('later'),
  });

  return (
    <StageFrame
      isTight
      isNextPrimary={listed.length > 0 && checks.length === 0}
      // A file that nobody decided on must not be left behind unnoticed.
      {...(checks.every(({ refusal }) => refusal !== null) ? {} : { primary: <p>{t('brought.decideFirst')}</p> })}
    >
      <ScanBar documents={documents} isEmpty={listed.length === 0 && checks.length === 0} scanning={scanning} />
      <ScanNotice scanning={scanning} />
      <ErrorNotice error={edit.error} />
      <BringPanel />
      {removed === null ? null : (
        <Notice kind="fine">
          <div className={styles['undo']} data-undo="">
            <p role="status">{removed}</p>
            <Button isSmall onPress={undo}>
              {t('papers.undo')}
            </Button>
          </div>
        </Notice>
      )}
      {removed === null ? <LaidAsideNotice counts={attention.laidAside} onUndo={undo} /> : null}
      {isOver ? (
        <p className={styles['over']}>{t('brought.dropHere')}</p>
      ) : listed.length === 0 ? (
        checks.length === 0 ? (
          <p className={styles['empty']}>{t(form.route === 'broughtSigned' ? 'brought.emptyFile' : 'brought.empty')}</p>
        ) : null
      ) : (
        <div className={styles['split']}>
          <div className={styles['documents']}>
            {listed.map((document, index) => {
              const place = { document, number: index + 1, count: listed.length };
              const onRemoved = () => {
                setRemoved(t('papers.removedDocument'));
                focusUndo();
              };
              return document.origin === 'brought' ? (
                <BroughtGroup
                  key={document.documentId}
                  {...place}
                  isShown={document === shown}
                  run={(work) => void edit.run(work)}
                  onShow={() => setShownId(document.documentId)}
                  onRemoved={onRemoved}
                />
              ) : (
                <DocumentGroup
                  key={document.documentId}
                  {...place}
                  selectedPageId={selected?.page.pageId ?? null}
                  run={(work) => void edit.run(work)}
                  onRemoved={onRemoved}
                />
              );
            })}
            {listed.some((document) => document.role === 'annex') ? <CommitmentField /> : null}
          </div>
          {shown === undefined ? (
            <PagePreview placed={selected} actions={actions} />
          ) : (
            <BroughtPreview document={shown} />
          )}
        </div>
      )}
    </StageFrame>
  );
}

function focusPage(pageId: string): void {
  setTimeout(() => document.querySelector<HTMLElement>(`[data-key="${CSS.escape(pageId)}"]`)?.focus(), 50);
}

/** The button that removed a document went away with it. */
function focusUndo(): void {
  setTimeout(() => document.querySelector<HTMLElement>('[data-undo] button')?.focus(), 50);
}

type LaidAsideProps = Readonly<{ counts: AttentionView['laidAside']; onUndo: () => void }>;

/** Blank sides and separators leave the stack by themselves: it is said, and they can be had back. */
function LaidAsideNotice({ counts, onUndo }: LaidAsideProps) {
  const sides = [
    ...(counts.blank > 0 ? [t('papers.blankSides', { count: counts.blank })] : []),
    ...(counts.separator > 0 ? [t('papers.separators', { count: counts.separator })] : []),
  ];
  if (sides.length === 0) return null;
  return (
    <Notice kind="fine">
      <div className={styles['undo']}>
        <p role="status">{t('papers.laidAside', { sides: sides.join(' · ') })}</p>
        <Button isSmall onPress={onUndo}>
          {t('papers.bringBack')}
        </Button>
      </div>
    </Notice>
  );
}

type ScanBarProps = Readonly<{ documents: readonly DocumentView[]; isEmpty: boolean; scanning: Scanning }>;

function ScanBar({ documents, isEmpty, scanning }: ScanBarProps) {
  const bridge = useBridge();
  const { attention, form } = useAttentionWork();
  const expectsFile = form.route === 'broughtSigned';
  const profiles = useScanProfiles();
  const [target, setTarget] = useState<string | null>(null);
  const needsApplication = form.route === 'paper' && !documents.some((document) => document.role === 'application');
  const options = [
    ...(form.route === 'paper' ? [{ value: 'new:application', text: t('papers.targetNewApplication') }] : []),
    { value: 'new:annex', text: t('papers.targetNewAnnex') },
    ...documents.map((document) => ({
      value: document.documentId,
      text: t('papers.targetDocument', { title: document.title }),
    })),
  ];
  // On paper the application comes first; after it, each batch is an annex of its own.
  const chosen =
    options.find(({ value }) => value === target)?.value ?? (needsApplication ? 'new:application' : 'new:annex');
  const profileId = scanning.profileFor(documentTypeOf(toTarget(chosen), documents));
  const profile = profiles.find(({ id }) => id === profileId);
  const scan = () => {
    if (scanning.isRunning) return;
    setTarget(null);
    void scanning.start.run(toTarget(chosen));
  };
  const look = useGlassLook(profileId);
  const hasGlass = useCanLook(profile?.source);
  useShortcuts({ F7: hasGlass && !scanning.isRunning ? look.start : undefined, F8: scan });
  return (
    <div className={styles['scanBar']}>
      <div>
        <SelectField
          label={t('papers.profile')}
          value={profileId}
          options={profiles.map(({ id, title }) => ({ value: id, text: title }))}
          onChange={scanning.chooseProfile}
        />
      </div>
      <div>
        <SelectField label={t('papers.target')} value={chosen} options={options} onChange={setTarget} />
      </div>
      <Button
        kind={isEmpty && !expectsFile ? 'primary' : 'normal'}
        shortcut="F8"
        onPress={scan}
        isPending={scanning.isRunning}
        isDisabled={profileId === ''}
      >
        {t('papers.scan')}
      </Button>
      {hasGlass ? (
        <Button shortcut="F7" onPress={look.start} isDisabled={scanning.isRunning}>
          {t('glass.open')}
        </Button>
      ) : null}
      <GlassDialog look={look} onScan={scan} />
      <span data-path="documents" data-choose-file="">
        <FilePicker
          kind={isEmpty && expectsFile ? 'primary' : 'normal'}
          shortcut="F2"
          label={t('brought.add')}
          onFiles={(files) => addFiles(bridge, attention.attentionId, files)}
        />
      </span>
      {profile === undefined ? null : (
        <p className={styles['soft']}>
          {t('papers.profileDetail', {
            color: codes.colorMode[profile.colorMode],
            dpi: profile.dpi,
            source: codes.scanSource[profile.source],
          })}
          <br />
          {t('papers.profileLocked', { version: profile.version })}
        </p>
      )}
      <SeparatorSheets />
    </div>
  );
}

function toTarget(value: string): ScanTarget {
  if (value === 'new:application') return { kind: 'newDocument', role: 'application' };
  if (value === 'new:annex') return { kind: 'newDocument', role: 'annex' };
  return { kind: 'document', documentId: value };
}
