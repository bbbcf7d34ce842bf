import { describe, expect, it } from 'vitest';
import { AppError, toErrorMessage } from '../../../core/contract/errors.ts';
import type { EventMessage, RequestMessage, ResponseMessage, Transport } from '../../../core/contract/transport.ts';
import { createBridgeClient } from './client.ts';

function makeTransport() {
  const sent: RequestMessage[] = [];
  let deliver: (message: ResponseMessage | EventMessage) => void = () => {};
  let close: () => void = () => {};
  const transport: Transport = {
    send: (message) => void sent.push(message),
    onMessage: (listener) => {
      deliver = listener;
      return () => {};
    },
    onClosed: (listener) => {
      close = listener;
      return () => {};
    },
  };
  return {
    transport,
    sent,
    deliver: (message: ResponseMessage | EventMessage) => deliver(message),
    close: () => close(),
  };
}

describe('the bridge client', () => {
  it('pairs each answer with its question, whatever the order', async () => {
    const wire = makeTransport();
    const client = createBridgeClient(wire.transport);
    const first = client.call('records.export', { recordId: '00000000-0000-4000-8000-000000000001' });
    const second = client.call('records.export', { recordId: '00000000-0000-4000-8000-000000000002' });
    const [one, two] = wire.sent;
    wire.deliver({ type: 'response', id: two?.id ?? 0, ok: true, output: { folder: 'second' } });
    wire.deliver({ type: 'response', id: one?.id ?? 0, ok: true, output: { folder: 'first' } });
    expect(await first).toEqual({ folder: 'first' });
    expect(await second).toEqual({ folder: 'second' });
    expect(one).toMatchObject({
      type: 'request',
      method: 'records.export',
      input: { recordId: '00000000-0000-4000-8000-000000000001' },
    });
  });

  it('rejects with the error of the services: code, details and support number', async () => {
    const wire = makeTransport();
    const client = createBridgeClient(wire.transport);
    const call = client.call('session.lock', {});
    wire.deliver({
      type: 'response',
      id: wire.sent[0]?.id ?? 0,
      ok: false,
      error: toErrorMessage(new AppError('card.pinIncorrect', { triesLeft: 2 }, { supportNumber: 'ABC234' })),
    });
    await expect(call).rejects.toMatchObject({
      code: 'card.pinIncorrect',
      details: { triesLeft: 2 },
      supportNumber: 'ABC234',
    });
  });

  it('takes a code that it does not know as an unexpected failure', async () => {
    const wire = makeTransport();
    const client = createBridgeClient(wire.transport);
    const call = client.call('session.lock', {});
    const strange: unknown = { code: 'moon.fell', details: {}, supportNumber: 'ABC234' };
    wire.deliver({
      type: 'response',
      id: wire.sent[0]?.id ?? 0,
      ok: false,
      error: strange as ReturnType<typeof toErrorMessage>,
    });
    await expect(call).rejects.toMatchObject({ code: 'internal.unexpected' });
  });

  it('tells events to their subscribers until they leave', () => {
    const wire = makeTransport();
    const client = createBridgeClient(wire.transport);
    const heard: unknown[] = [];
    const leave = client.subscribe('record.changed', (payload) => heard.push(payload.recordId));
    const event = (recordId: string): EventMessage => ({
      type: 'event',
      event: 'record.changed',
      payload: { recordId, at: '2026-11-22T10:42:07+01:00' },
    });
    wire.deliver(event('a'));
    leave();
    wire.deliver(event('b'));
    expect(heard).toEqual(['a']);
  });

  it('ends what was asked, and what is asked later, when the services go away', async () => {
    const wire = makeTransport();
    const client = createBridgeClient(wire.transport);
    let times = 0;
    client.onClosed(() => {
      times += 1;
    });
    const call = client.call('session.lock', {});
    wire.close();
    wire.close();
    await expect(call).rejects.toMatchObject({ code: 'internal.servicesGone' });
    await expect(client.call('session.lock', {})).rejects.toMatchObject({ code: 'internal.servicesGone' });
    expect(times).toBe(1);
    expect(wire.sent).toHaveLength(1);
  });
});
