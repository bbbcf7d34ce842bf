import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { DateField } from '../components/date-field.tsx';
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

/** Find it again: by number, name, NIF or words, and by date. */
export function RecordsScreen({ initialText, officialNow }: Readonly<{ initialText: string; officialNow: string }>) {
  const bridge = useBridge();
  const { goTo } = useView();
  const [text, setText] = useState(initialText);
  const today = toIsoDate(officialNow);
  const [from, setFrom] = useState(initialText === '' ? today : '');
  const [to, setTo] = useState('');
  const isReversed = from !== '' && to !== '' && to < from;
  const asked = useDeferredValue(text.trim());
  const fromDate = from === '' ? null : from;
  const toDate = to === '' ? null : to;
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
        <div className={styles['day']}>
          <DateField label={t('records.from')} value={from} today={today} onChange={setFrom} />
        </div>
        <div className={styles['day']}>
          <DateField
            label={t('records.to')}
            value={to}
            today={today}
            onChange={setTo}
            error={isReversed ? t('records.datesReversed') : null}
          />
        </div>
        <div className={styles['lists']}>
          <Button onPress={() => goTo({ kind: 'originals' })}>{t('originals.open')}</Button>
          <Button onPress={() => goTo({ kind: 'refusals' })}>{t('refusal.open')}</Button>
        </div>
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
