import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import type {
  AttentionView,
  DocumentRole,
  DocumentView,
  PageView,
  PaperNature,
} from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { BlobImage } from '../components/blob-image.tsx';
import { Button } from '../components/button.tsx';
import { optionsOf, SelectField, TextField } from '../components/fields.tsx';
import { codes, problemSentence, t } from '../i18n/i18n.ts';
import { keys } from '../state/queries.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import { describeWarnings } from './page-operations.ts';
import styles from './papers.module.css';

type DocumentGroupProps = Readonly<{
  document: DocumentView;
  number: number;
  count: number;
  selectedPageId: string | null;
  run: (work: () => Promise<AttentionView>) => void;
  onRemoved: () => void;
}>;

const natureOptions = [{ value: '' as const, text: t('papers.natureChoose') }, ...optionsOf(codes.paperNature)];
const roleOptions = optionsOf(codes.documentRole).filter(({ value }) => value !== 'consent');

/** One document: its name, what the paper was, and its pages. */
export function DocumentGroup({ document, number, count, selectedPageId, run, onRemoved }: DocumentGroupProps) {
  const bridge = useBridge();
  const client = useQueryClient();
  const { documentId, title } = document;
  const { attention, hasTried } = useAttentionWork();
  const natureProblem = attention.problems.find(
    (problem) => problem.field === documentId && problem.severity === 'error',
  );
  const update = (changed: Partial<Pick<DocumentView, 'title' | 'documentType' | 'nature' | 'role'>>) => {
    run(() => {
      // What another field changed a moment ago is already there.
      const latest =
        client
          .getQueryData<AttentionView>(keys.attention(attention.attentionId))
          ?.documents.find((known) => known.documentId === documentId) ?? document;
      const { documentType, nature, role } = latest;
      return bridge.call('documents.update', {
        documentId,
        title: latest.title,
        documentType,
        nature,
        role,
        ...changed,
      });
    });
  };
  const moveTo = (position: number) => run(() => bridge.call('documents.move', { documentId, position }));
  const remove = () => {
    run(() => bridge.call('documents.remove', { documentId }));
    onRemoved();
  };
  const label = t('papers.document', { number, title });
  return (
    <div role="group" aria-label={label} className={styles['document']}>
      <div className={styles['documentFields']}>
        <TitleField key={documentId} title={title} onCommit={(changed) => update({ title: changed })} />
        <SelectField<DocumentRole>
          label={t('papers.role')}
          value={document.role}
          options={roleOptions}
          onChange={(role) => update({ role })}
        />
        <SelectField
          label={t('papers.type')}
          value={document.documentType}
          options={documentTypeOptions(document.documentType)}
          onChange={(documentType) => update({ documentType })}
        />
        <div data-path={documentId}>
          <SelectField<PaperNature | ''>
            label={t('papers.nature')}
            value={document.nature ?? ''}
            options={natureOptions}
            onChange={(nature) => update({ nature: nature === '' ? null : nature })}
            error={
              natureProblem === undefined || (natureProblem.code === 'natureMissing' && !hasTried)
                ? null
                : problemSentence(natureProblem)
            }
          />
        </div>
      </div>
      <div className={styles['pagesRow']}>
        <PageList document={document} selectedPageId={selectedPageId} />
        <div className={styles['documentActions']}>
          <Button
            kind="quiet"
            isSmall
            label={t('papers.documentUp')}
            isDisabled={number === 1}
            onPress={() => moveTo(document.position - 1)}
          >
            {t('papers.up')}
          </Button>
          <Button
            kind="quiet"
            isSmall
            label={t('papers.documentDown')}
            isDisabled={number === count}
            onPress={() => moveTo(document.position + 1)}
          >
            {t('papers.down')}
          </Button>
          <Button kind="quiet" isSmall label={t('papers.documentRemove')} onPress={remove}>
            {t('papers.removeShort')}
          </Button>
        </div>
      </div>
    </div>
  );
}

function documentTypeOptions(current: string) {
  const known = optionsOf<string>(codes.documentType);
  return known.some(({ value }) => value === current) ? known : [...known, { value: current, text: current }];
}

/** Kept while typing; sent when the officer leaves it or a moment after the last key. */
function TitleField({ title, onCommit }: Readonly<{ title: string; onCommit: (title: string) => void }>) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    const trimmed = (typed ?? title).trim().slice(0, 80);
    if (typed !== null && trimmed !== '' && trimmed !== title) onCommit(trimmed);
  };
  useEffect(() => {
    if (typed === null) return undefined;
    const timer = setTimeout(commit, 700);
    return () => clearTimeout(timer);
  });
  // Saved: the field shows what is saved, unless more was typed meanwhile.
  useEffect(() => setTyped((known) => (known === null || known.trim() === title ? null : known)), [title]);
  return (
    <TextField
      label={t('papers.title')}
      value={typed ?? title}
      onChange={setTyped}
      onBlur={() => {
        commit();
        if (typed?.trim() === '') setTyped(null);
      }}
      limit={80}
    />
  );
}

type PageListProps = Readonly<{ document: DocumentView; selectedPageId: string | null }>;

function PageList({ document, selectedPageId }: PageListProps) {
  const { selectPage } = useView();
  const own = document.pages.some(({ pageId }) => pageId === selectedPageId) ? selectedPageId : null;
  return (
    <ListBox
      aria-label={t('papers.pagesOf', { title: document.title })}
      className={styles['pages'] ?? ''}
      layout="grid"
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection={own !== null}
      selectedKeys={own === null ? [] : [own]}
      onSelectionChange={(chosen) => {
        if (chosen === 'all') return;
        const [first] = chosen;
        if (first !== undefined) selectPage(String(first));
      }}
    >
      {document.pages.map((page, index) => (
        <ListBoxItem
          key={page.pageId}
          id={page.pageId}
          data-path={page.pageId}
          textValue={t('papers.page', { number: index + 1 })}
          aria-label={pageLabel(page, index + 1)}
          className={styles['page'] ?? ''}
        >
          <BlobImage digest={page.thumbnail} alt="" className={styles['thumb']} />
          <span>
            {index + 1} <PageFlag page={page} />
          </span>
        </ListBoxItem>
      ))}
    </ListBox>
  );
}

export function pageLabel(page: PageView, number: number): string {
  return [t('papers.page', { number }), t(`papers.collation.${page.collation}`), describeWarnings(page)]
    .filter((part) => part !== '')
    .join(', ');
}

export function PageFlag({ page }: Readonly<{ page: PageView }>) {
  if (page.collation === 'rejected') return <span className={styles['flagBad']}>✕</span>;
  if (page.collation === 'confirmed') return <span className={styles['flagGood']}>✓</span>;
  return page.warnings.length > 0 ? <span className={styles['flag']}>▲</span> : null;
}
