import { AppError, fromErrorMessage, isErrorCode } from '../../../core/contract/errors.ts';
import type { EventName, EventPayload, MethodInput, MethodName, MethodOutput } from '../../../core/contract/methods.ts';
import type { EventMessage, ResponseMessage, Transport } from '../../../core/contract/transport.ts';

export type BridgeClient = Readonly<{
  call<Name extends MethodName>(method: Name, input: MethodInput<Name>): Promise<MethodOutput<Name>>;
  subscribe<Name extends EventName>(event: Name, listener: (payload: EventPayload<Name>) => void): () => void;
  onClosed(listener: () => void): () => void;
}>;

type Pending = Readonly<{ resolve: (output: unknown) => void; reject: (error: AppError) => void }>;

/** Pairs answers with questions. The services validate both ways, so what arrives has the contract's types. */
export function createBridgeClient(transport: Transport): BridgeClient {
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  const closedListeners = new Set<() => void>();
  let nextId = 1;
  let isClosed = false;

  function settle(message: ResponseMessage): void {
    const question = pending.get(message.id);
    if (question === undefined) return;
    pending.delete(message.id);
    if (message.ok) question.resolve(message.output);
    else
      question.reject(
        isErrorCode(message.error.code) ? fromErrorMessage(message.error) : new AppError('internal.unexpected'),
      );
  }

  function announce(message: EventMessage): void {
    for (const listener of listeners.get(message.event) ?? []) listener(message.payload);
  }

  transport.onMessage((message) => {
    if (message.type === 'response') settle(message);
    else announce(message);
  });
  transport.onClosed(() => {
    if (isClosed) return;
    isClosed = true;
    for (const question of pending.values()) question.reject(new AppError('internal.servicesGone'));
    pending.clear();
    for (const listener of closedListeners) listener();
  });

  return {
    call: (method, input) =>
      new Promise((resolve, reject) => {
        if (isClosed) {
          reject(new AppError('internal.servicesGone'));
          return;
        }
        const id = nextId;
        nextId += 1;
        // The output was validated against this method's schema by the services' dispatch.
        pending.set(id, { resolve: resolve as (output: unknown) => void, reject });
        transport.send({ type: 'request', id, method, input });
      }),
    subscribe: (event, listener) => {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known);
      const entry = listener as (payload: unknown) => void;
      known.add(entry);
      return () => known.delete(entry);
    },
    onClosed: (listener) => {
      closedListeners.add(listener);
      return () => closedListeners.delete(listener);
    },
  };
}
