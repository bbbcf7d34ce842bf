import { useRef, useState } from 'react';
import type { FlagAnswer } from '../../../core/contract/schemas/page-flag.ts';
import { BlobImage } from '../components/blob-image.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice, Notice } from '../components/notices.tsx';
import { t } from '../i18n/i18n.ts';
import { useEveryAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import { ComparedFileNotice } from './compared-file.tsx';
import { ComparePanes } from './compare-panes.tsx';
import styles from './collation.module.css';
import { fittedView, nudge, viewOfZone, zoomBy } from './collation-view.ts';
import type { SharedView } from './collation-view.ts';
import { pageLabel } from './document-group.tsx';
import { FlagBar } from './flag-bar.tsx';
import { usePageDecisions } from './page-decisions.ts';
import { findNextFlag, hasOpenFlag } from './page-flags.ts';
import { describeOperations } from './page-operations.ts';
import { listPages } from './paper-moves.ts';
import type { PlacedPage } from './paper-moves.ts';
import { ScanNotice, useScanning } from './scan-job.tsx';
import { StageFrame } from './stage-frame.tsx';

/** Page by page: the copy against the capture and the paper in the hand. Keyboard first. */
export function CollationStage() {
  const { attention, change } = useAttentionWork();
  const scanning = useScanning();
  const choice = useEveryAction(change);
  const decisions = usePageDecisions();
  const pages = listPages(attention.documents.filter((document) => document.role !== 'consent')).map((known) => ({
    ...known,
    page: decisions.withAnswer(known.page),
  }));
  const { placed, index, choose: choosePage } = useChosenPage(pages);
  const [view, setView] = useState<SharedView>(fittedView);
  const [looked, setLooked] = useState<Readonly<{ pageId: string; flag: number }> | null>(null);
  const chosenFlag = looked !== null && looked.pageId === placed?.page.pageId ? looked.flag : null;
  const confirmed = pages.filter(({ page }) => page.collation === 'confirmed').length;
  const flagged = pages.filter(({ page }) => page.collation === 'pending' && hasOpenFlag(page)).length;
  const isDone = confirmed === pages.length;

  const choose = (to: PlacedPage) => {
    setLooked(null);
    choosePage(to);
  };
  const lookAt = (to: Readonly<{ page: number; flag: number }> | null) => {
    const target = to === null ? undefined : pages[to.page];
    if (to === null || target === undefined) return;
    choosePage(target);
    setLooked({ pageId: target.page.pageId, flag: to.flag });
    const place = target.page.flags[to.flag]?.placeMm ?? null;
    setView(place === null ? fittedView : viewOfZone(target.page, place));
  };
  const lookAtNext = () =>
    lookAt(
      findNextFlag(
        pages.map(({ page }) => page),
        { page: index, flag: chosenFlag },
      ),
    );
  const answerFlag = (flag: number, given: FlagAnswer) => {
    if (placed === null) return;
    decisions.answer(placed.page.pageId, flag, given);
    if (given === 'rescan') return;
    const flags = placed.page.flags.map((known, at) => (at === flag ? { ...known, answer: given } : known));
    if (hasOpenFlag({ flags }))
      lookAt({ page: index, flag: findNextFlag([{ flags }], { page: 0, flag })?.flag ?? flag });
    else {
      setLooked(null);
      setView(fittedView);
    }
  };
  const answer = (verdict: 'confirmed' | 'rejected') => {
    if (placed === null) return;
    // Nothing is confirmed that was not looked at: the key leads to what is open.
    if (verdict === 'confirmed' && hasOpenFlag(placed.page)) {
      lookAt({ page: index, flag: findNextFlag([placed.page], { page: 0, flag: chosenFlag })?.flag ?? 0 });
      return;
    }
    decisions.decide(placed.page.pageId, verdict);
    if (verdict === 'rejected') return;
    const following = [...pages.slice(index + 1), ...pages.slice(0, index)].find(
      ({ page }) => page.collation === 'pending',
    );
    if (following !== undefined) choose(following);
    setView(fittedView);
  };
  const step = (by: number) => {
    const to = pages[index + by];
    if (to !== undefined) choose(to);
  };
  const confirm = () => answer('confirmed');
  const sendBack = () => answer('rejected');
  const rescan = () => {
    if (placed?.page.collation === 'rejected' && !scanning.isRunning)
      void scanning.start.run({ kind: 'replacePage', pageId: placed.page.pageId });
  };
  const zoomIn = () => setView((known) => zoomBy(known, 1.5));
  const zoomOut = () => setView((known) => zoomBy(known, 1 / 1.5));
  useShortcuts({
    ' ': confirm,
    r: sendBack,
    R: sendBack,
    Delete: sendBack,
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    '+': zoomIn,
    '-': zoomOut,
    '0': () => setView(fittedView),
    'Alt+ArrowLeft': () => setView((known) => nudge(known, -1, 0)),
    'Alt+ArrowRight': () => setView((known) => nudge(known, 1, 0)),
    'Alt+ArrowUp': () => setView((known) => nudge(known, 0, -1)),
    'Alt+ArrowDown': () => setView((known) => nudge(known, 0, 1)),
    F8: rescan,
  });

  if (placed === null) {
    return (
      <StageFrame>
        <p>{t('collation.nothing')}</p>
      </StageFrame>
    );
  }
  const { page, document, number } = placed;
  return (
    <StageFrame
      isTight
      isNextPrimary={isDone}
      progress={
        isDone
          ? t('collation.allDone')
          : [
              t('collation.progress', { confirmed, total: pages.length }),
              ...(flagged === 0 ? [] : [t('collation.flagged', { count: flagged })]),
            ].join(' · ')
      }
      beside={
        <>
          <h2>{t('papers.pageOf', { number, title: document.title })}</h2>
          <p className={styles['caption']}>{describeOperations(page)}</p>
        </>
      }
      actions={
        <>
          <Button shortcut="R" onPress={sendBack}>
            {t('collation.sendBack')}
          </Button>
          <Button kind={isDone ? 'normal' : 'primary'} shortcut="Espacio" onPress={confirm}>
            {t('collation.confirm')}
          </Button>
        </>
      }
    >
      <ErrorNotice error={decisions.error ?? choice.error} />
      <ScanNotice scanning={scanning} />
      {page.collation === 'rejected' && document.comparedFile?.isCopy === true ? (
        // The paper is scanned already: its page takes the place of the file's.
        <ComparedFileNotice document={document} run={(work) => void choice.run(work)} />
      ) : page.collation === 'rejected' ? (
        <Notice kind="warn">
          <div className={styles['tools']}>
            <p className={styles['grow']}>{t('collation.rejected')}</p>
            <Button isSmall shortcut="F8" onPress={rescan} isDisabled={scanning.isRunning}>
              {t('papers.rescan')}
            </Button>
          </div>
        </Notice>
      ) : null}
      <FlagBar page={page} chosen={chosenFlag} onNext={lookAtNext} onAnswer={answerFlag} />
      <ComparePanes key={page.pageId} placed={placed} view={view} chosenFlag={chosenFlag} onView={setView} />
      <div className={styles['tools']}>
        <Filmstrip pages={pages} chosen={placed} onChoose={choose} />
        <Button isSmall label={t('collation.previous')} shortcut="←" isDisabled={index === 0} onPress={() => step(-1)}>
          {t('collation.previousShort')}
        </Button>
        <Button
          isSmall
          label={t('collation.next')}
          shortcut="→"
          isDisabled={index === pages.length - 1}
          onPress={() => step(1)}
        >
          {t('collation.nextShort')}
        </Button>
        <Button isSmall shortcut="+" onPress={zoomIn}>
          {t('collation.zoomIn')}
        </Button>
        <Button isSmall shortcut="−" onPress={zoomOut}>
          {t('collation.zoomOut')}
        </Button>
        <Button isSmall shortcut="0" onPress={() => setView(fittedView)}>
          {t('collation.fit')}
        </Button>
      </div>
    </StageFrame>
  );
}

/** The page being compared; when a new scan takes its place, the one in that place. */
function useChosenPage(pages: readonly PlacedPage[]) {
  const { selectedPageId, selectPage } = useView();
  // What is doubtful first, then the rest in the order of the papers.
  const [firstPending] = useState(() => {
    const pending = pages.filter(({ page }) => page.collation !== 'confirmed');
    return (pending.find(({ page }) => hasOpenFlag(page)) ?? pending[0])?.page.pageId ?? null;
  });
  const hasChosen = useRef(false);
  const place = useRef(0);
  const wanted = hasChosen.current ? selectedPageId : firstPending;
  const found = pages.findIndex(({ page }) => page.pageId === wanted);
  const index = found === -1 ? Math.min(place.current, Math.max(0, pages.length - 1)) : found;
  place.current = index;
  return {
    placed: pages[index] ?? null,
    index,
    choose: (to: PlacedPage) => {
      hasChosen.current = true;
      selectPage(to.page.pageId);
    },
  };
}

type FilmstripProps = Readonly<{
  pages: readonly PlacedPage[];
  chosen: PlacedPage;
  onChoose: (placed: PlacedPage) => void;
}>;

// The arrows and the space bar are the screen's (the page is confirmed from wherever the focus is), so this list leaves them alone.
function Filmstrip({ pages, chosen, onChoose }: FilmstripProps) {
  return (
    <div role="listbox" aria-label={t('collation.pages')} aria-orientation="horizontal" className={styles['strip']}>
      {pages.map((placed) => {
        const { page, document, number } = placed;
        const isChosen = page.pageId === chosen.page.pageId;
        return (
          <div
            key={page.pageId}
            role="option"
            aria-selected={isChosen}
            aria-label={`${document.title}, ${pageLabel(page, number)}`}
            tabIndex={isChosen ? 0 : -1}
            data-path={page.pageId}
            className={styles['stripItem']}
            onClick={() => onChoose(placed)}
          >
            <BlobImage digest={page.thumbnail} alt="" className={styles['stripThumb']} />
            {page.collation === 'confirmed' ? (
              <span className={styles['good']}>✓</span>
            ) : page.collation === 'rejected' ? (
              <span className={styles['bad']}>✕</span>
            ) : hasOpenFlag(page) ? (
              <span className={styles['warn']}>▲</span>
            ) : (
              <span>{number}</span>
            )}
          </div>
        );
      })}
    </div>
  );
}
