import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/fields.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { RecordTable } from '../components/record-table.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { SearchField } from '../components/search-field.tsx';
import { toAppError } from '../state/to-app-error.ts';
import { toIsoDate } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { keys } from '../state/queries.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import styles from './records.module.css';

const isoDate = /^\d{4}-\d{2}-\d{2}$/u;

/** Find it again: by number, name, NIF or words, and by date. */
export function RecordsScreen({ initialText, officialNow }: Readonly<{ initialText: string; officialNow: string }>) {
  const bridge = useBridge();
  const { goTo } = useView();
  const [text, setText] = useState(initialText);
  const [from, setFrom] = useState(initialText === '' ? toIsoDate(officialNow) : '');
  const [to, setTo] = useState('');
  const asked = useDeferredValue(text.trim());
  const fromDate = isoDate.test(from) ? from : null;
  const toDate = isoDate.test(to) ? to : null;
  const search = useInfiniteQuery({
    queryKey: [...keys.records, 'search', asked, fromDate, toDate],
    queryFn: ({ pageParam }) =>
      bridge.call('records.search', { text: asked, fromDate, toDate, cursor: pageParam, limit: 50 }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
  useShortcuts({
    Escape: () => goTo({ kind: 'work' }),
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  });
  const records = search.data?.pages.flatMap((page) => page.records) ?? [];
  return (
    <main className={styles['records']}>
      <ScreenHeading>{t('records.title')}</ScreenHeading>
      <div className={styles['filters']}>
        <div className={styles['grow']}>
          <SearchField
            label={t('records.search')}
            hint={t('records.searchHint')}
            value={text}
            onChange={setText}
            shortcut="/"
            isFirst
          />
        </div>
        <TextField label={t('records.from')} type="date" value={from} onChange={setFrom} />
        <TextField label={t('records.to')} type="date" value={to} onChange={setTo} />
        <Button onPress={() => goTo({ kind: 'originals' })}>{t('originals.open')}</Button>
        <Button onPress={() => goTo({ kind: 'refusals' })}>{t('refusal.open')}</Button>
      </div>
      <ErrorNotice error={toAppError(search.error)} />
      {search.data === undefined ? null : (
        <RecordTable
          label={t('records.table')}
          records={records}
          emptyText={t('records.none')}
          hasDate
          onOpen={(recordId) => goTo({ kind: 'record', recordId })}
        />
      )}
      {search.hasNextPage ? (
        <div>
          <Button onPress={() => void search.fetchNextPage()} isPending={search.isFetchingNextPage}>
            {t('records.more')}
          </Button>
        </div>
      ) : null}
    </main>
  );
}
