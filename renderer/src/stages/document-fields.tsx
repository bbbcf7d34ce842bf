import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { AttentionView, DocumentView, Problem } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { optionsOf, TextField } from '../components/fields.tsx';
import { codes, problemSentence, t } from '../i18n/i18n.ts';
import { keys } from '../state/queries.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './papers.module.css';

/** What the documents of the papers share, whether they were scanned or brought. */
export type DocumentChange = (work: () => Promise<AttentionView>) => void;

type Fields = Partial<
  Pick<DocumentView, 'title' | 'documentType' | 'nature' | 'role' | 'announcedSheets' | 'paperFate'>
>;

export function useDocumentUpdate(document: DocumentView, run: DocumentChange): (changed: Fields) => void {
  const bridge = useBridge();
  const client = useQueryClient();
  const { attention } = useAttentionWork();
  const { documentId } = document;
  return (changed) =>
    run(() => {
      // What another field changed a moment ago is already there.
      const latest =
        client
          .getQueryData<AttentionView>(keys.attention(attention.attentionId))
          ?.documents.find((known) => known.documentId === documentId) ?? document;
      const { title, documentType, nature, role } = latest;
      return bridge.call('documents.update', { documentId, title, documentType, nature, role, ...changed });
    });
}

export function documentTypeOptions(current: string) {
  const known = optionsOf<string>(codes.documentType);
  return known.some(({ value }) => value === current) ? known : [...known, { value: current, text: current }];
}

type DocumentActionsProps = Readonly<{
  document: DocumentView;
  number: number;
  count: number;
  run: DocumentChange;
  onRemoved: () => void;
}>;

export function DocumentActions({ document, number, count, run, onRemoved }: DocumentActionsProps) {
  const bridge = useBridge();
  const { documentId, position } = document;
  const moveTo = (to: number) => run(() => bridge.call('documents.move', { documentId, position: to }));
  const remove = () => {
    run(() => bridge.call('documents.remove', { documentId }));
    onRemoved();
  };
  return (
    <div className={styles['documentActions']}>
      <Button
        kind="quiet"
        isSmall
        label={t('papers.documentUp')}
        isDisabled={number === 1}
        onPress={() => moveTo(position - 1)}
      >
        {t('papers.up')}
      </Button>
      <Button
        kind="quiet"
        isSmall
        label={t('papers.documentDown')}
        isDisabled={number === count}
        onPress={() => moveTo(position + 1)}
      >
        {t('papers.down')}
      </Button>
      <Button kind="quiet" isSmall label={t('papers.documentRemove')} onPress={remove}>
        {t('papers.removeShort')}
      </Button>
    </div>
  );
}

/** Kept while typing; sent when the officer leaves it or a moment after the last key. */
export function TitleField({ title, onCommit }: Readonly<{ title: string; onCommit: (title: string) => void }>) {
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

type SheetsFieldProps = Readonly<{
  sheets: number | null;
  problem: Problem | undefined;
  onCommit: (sheets: number | null) => void;
}>;

/** Sheets counted by hand, if they were: what the scanner took is held against them. */
export function SheetsField({ sheets, problem, onCommit }: SheetsFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (sheets === null ? '' : String(sheets));
  const isNumber = /^(?:[1-9]\d{0,2}|1\d{3}|2000)$/u.test(text.trim());
  const isWrong = text.trim() !== '' && !isNumber;
  const commit = () => {
    const counted = isNumber ? Number(text) : null;
    if (typed !== null && !isWrong && counted !== sheets) onCommit(counted);
  };
  useEffect(() => setTyped(null), [sheets]);
  return (
    <TextField
      label={t('papers.sheets')}
      value={text}
      onChange={setTyped}
      onBlur={commit}
      error={isWrong ? t('papers.sheetsWrong') : problem === undefined ? null : problemSentence(problem)}
    />
  );
}
