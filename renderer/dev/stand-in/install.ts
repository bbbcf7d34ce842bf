import './no-eval.ts';
import { AppError, toErrorMessage } from '../../../core/contract/errors.ts';
import { events, methods } from '../../../core/contract/methods.ts';
import type { EventName, MethodName } from '../../../core/contract/methods.ts';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import type { EventMessage, RequestMessage, ResponseMessage, Transport } from '../../../core/contract/transport.ts';
import { makeOffice } from './office.ts';

/**
 * A stand-in for the services, put before the bundle by dev/look.ts to look at the window. It validates both ways like
 * the real dispatch, and is never part of dist/renderer.
 */
const messageListeners = new Set<(message: ResponseMessage | EventMessage) => void>();
const closedListeners = new Set<() => void>();

function deliver(message: ResponseMessage | EventMessage): void {
  for (const listener of messageListeners) listener(structuredClone(message));
}

const office = makeOffice((event: EventName, payload: unknown) => {
  queueMicrotask(() => deliver({ type: 'event', event, payload: events[event].parse(payload) }));
});

async function answer(request: RequestMessage): Promise<void> {
  const { id } = request;
  try {
    if (!(request.method in methods)) throw new AppError('request.unknownMethod');
    const name = request.method as MethodName;
    const parsed = methods[name].input.safeParse(request.input);
    if (!parsed.success) throw new AppError('request.invalid');
    const handler = office.handlers[name] as (input: unknown) => unknown;
    const output = methods[name].output.parse(await handler(parsed.data));
    deliver({ type: 'response', id, ok: true, output });
  } catch (error) {
    if (!(error instanceof AppError)) console.error(request.method, error);
    deliver({ type: 'response', id, ok: false, error: toErrorMessage(error) });
  }
}

const transport: Transport = {
  send: (message) => void answer(structuredClone(message)),
  onMessage: (listener) => {
    messageListeners.add(listener);
    return () => messageListeners.delete(listener);
  },
  onClosed: (listener) => {
    closedListeners.add(listener);
    return () => closedListeners.delete(listener);
  },
};

Object.defineProperty(window, 'ventanilla', { value: { openTransport: () => transport } });
Object.defineProperty(window, 'standIn', {
  value: {
    setStatus: (change: Partial<DeskStatus>) => office.setStatus(change),
    getStatus: () => office.getStatus(),
    close: () => {
      for (const listener of closedListeners) listener();
    },
  },
});
