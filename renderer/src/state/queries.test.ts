import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test, vi } from 'vitest';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import type { EventMessage, Transport } from '../../../core/contract/transport.ts';
import { startStatus } from '../../dev/stand-in/samples.ts';
import { createBridgeClient } from '../bridge/client.ts';
import { feedEvents, keys, recordsOfDay } from './queries.ts';

const day = [...keys.records, 'day', '2026-11-22'];

function openFeed() {
  let deliver: (message: EventMessage) => void = () => {};
  const transport: Transport = {
    send: () => {},
    onMessage: (listener) => {
      deliver = listener;
      return () => {};
    },
    onClosed: () => () => {},
  };
  const cache = new QueryClient();
  const bridge = createBridgeClient(transport);
  feedEvents(bridge, cache, () => {});
  const tell = (line: Partial<DeskStatus['line']>) =>
    deliver({
      type: 'event',
      event: 'desk.statusChanged',
      payload: { ...startStatus, line: { ...startStatus.line, ...line } },
    });
  return { bridge, cache, tell };
}

test('a list of records is asked again when what waits for the line is another, and not with every word of the desk', () => {
  const { cache, tell } = openFeed();
  const isOutdated = () => cache.getQueryState(day)?.isInvalidated;
  tell({ pendingRecords: 1, pendingBlobs: 3 });
  cache.setQueryData(day, 'Por enviar');
  tell({ pendingRecords: 1, pendingBlobs: 3, state: 'online' });
  expect(isOutdated()).toBe(false);
  tell({ pendingRecords: 0, pendingBlobs: 3 });
  expect(isOutdated()).toBe(true);
  cache.setQueryData(day, 'Asiento enviado, faltan documentos');
  expect(isOutdated()).toBe(false);
  tell({ pendingRecords: 0, pendingBlobs: 0 });
  expect(isOutdated()).toBe(true);
});

test('the list of the day is not shown as it was before the attention in between', async () => {
  const { bridge, cache } = openFeed();
  const list = recordsOfDay(bridge, '2026-11-22');
  const leave = new QueryObserver(cache, { ...list, enabled: false }).subscribe(() => {});
  cache.setQueryData(list.queryKey, { records: [], nextCursor: null });
  leave();
  await vi.waitFor(() => expect(cache.getQueryData(list.queryKey)).toBeUndefined());
});
