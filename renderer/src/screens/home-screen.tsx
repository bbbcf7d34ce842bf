import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { RecordTable } from '../components/record-table.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { SearchField } from '../components/search-field.tsx';
import { toIsoDate } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { putAttention, recordsOfDay } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import styles from './screens.module.css';

/** Nobody in front: attend the next person, and the list of the day. */
export function HomeScreen({ status }: Readonly<{ status: DeskStatus }>) {
  const bridge = useBridge();
  const client = useQueryClient();
  const { goTo } = useView();
  const [text, setText] = useState('');
  const attend = useAction(async () => putAttention(client, await bridge.call('attention.open', {})));
  const today = toIsoDate(status.clock.officialNow);
  const { data, error } = useQuery(recordsOfDay(bridge, today));
  useShortcuts({
    Enter: () => void attend.run(),
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  });
  return (
    <main className={styles['home']}>
      <div className={styles['homeHead']}>
        <ScreenHeading>{t('home.title')}</ScreenHeading>
        <Button kind="primary" shortcut="⏎" onPress={() => void attend.run()} isPending={attend.isRunning}>
          {t('home.attend')}
        </Button>
        <div className={styles['search']}>
          <SearchField
            label={t('home.search')}
            value={text}
            onChange={setText}
            onSubmit={() => goTo({ kind: 'records', text })}
            hint={t('records.searchHint')}
            shortcut="/"
          />
        </div>
      </div>
      <div className={styles['list']}>
        <ErrorNotice error={attend.error} />
        <h2 id="today">{t('home.today')}</h2>
        {data === undefined && error === null ? <p>{t('common.loading')}</p> : null}
        {data === undefined ? null : (
          <RecordTable
            label={t('home.today')}
            records={data.records}
            emptyText={t('home.todayNone')}
            hasDate={false}
            onOpen={(recordId) => goTo({ kind: 'record', recordId })}
          />
        )}
      </div>
    </main>
  );
}
