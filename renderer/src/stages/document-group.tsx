import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import type {
  DocumentRole,
  DocumentView,
  PageView,
  PaperFate,
  PaperNature,
} from '../../../core/contract/schemas/attention.ts';
import { BlobImage } from '../components/blob-image.tsx';
import { optionsOf, SelectField } from '../components/fields.tsx';
import { codes, problemSentence, t } from '../i18n/i18n.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import {
  DocumentActions,
  documentTypeOptions,
  SheetsField,
  TitleField,
  useDocumentUpdate,
} from './document-fields.tsx';
import type { DocumentChange } from './document-fields.tsx';
import { ComparedFileNotice, CompareWithFile } from './compared-file.tsx';
import { describeFlags } from './page-flags.ts';
import styles from './papers.module.css';

type DocumentGroupProps = Readonly<{
  document: DocumentView;
  number: number;
  count: number;
  selectedPageId: string | null;
  run: DocumentChange;
  onRemoved: () => void;
}>;

const natureOptions = [{ value: '' as const, text: t('papers.natureChoose') }, ...optionsOf(codes.paperNature)];
const roleOptions = optionsOf(codes.documentRole).filter(({ value }) => value !== 'consent');

/** One document: its name, what the paper was, and its pages. */
export function DocumentGroup({ document, number, count, selectedPageId, run, onRemoved }: DocumentGroupProps) {
  const { documentId, title } = document;
  const { attention, hasTried } = useAttentionWork();
  const natureProblem = attention.problems.find(
    ({ field, severity, code }) => field === documentId && severity === 'error' && code !== 'sheetCountDiffers',
  );
  const update = useDocumentUpdate(document, run);
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
        <SheetsField
          sheets={document.announcedSheets}
          problem={attention.problems.find(({ field, code }) => field === documentId && code === 'sheetCountDiffers')}
          onCommit={(announcedSheets) => update({ announcedSheets })}
        />
        <SelectField<PaperFate>
          label={t('papers.fate')}
          value={document.paperFate}
          options={optionsOf(codes.paperFate)}
          onChange={(paperFate) => update({ paperFate })}
        />
      </div>
      <ComparedFileNotice document={document} run={run} />
      <div className={styles['pagesRow']}>
        <PageList document={document} selectedPageId={selectedPageId} />
        <DocumentActions document={document} number={number} count={count} run={run} onRemoved={onRemoved} />
      </div>
      <CompareWithFile document={document} />
    </div>
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
  return [t('papers.page', { number }), t(`papers.collation.${page.collation}`), describeFlags(page)]
    .filter((part) => part !== '')
    .join(', ');
}

export function PageFlag({ page }: Readonly<{ page: PageView }>) {
  if (page.collation === 'rejected') return <span className={styles['flagBad']}>✕</span>;
  if (page.collation === 'confirmed') return <span className={styles['flagGood']}>✓</span>;
  return page.flags.some(({ kind }) => kind !== 'code') ? <span className={styles['flag']}>▲</span> : null;
}
