import type { EventName, EventPayload } from '../contract/methods.ts';

export type AnyEvent = { [Name in EventName]: Readonly<{ event: Name; payload: EventPayload<Name> }> }[EventName];

/** Announces state to whoever listens. A listener that throws does not keep the others from hearing. */
export type EventBus = Readonly<{
  publish<Name extends EventName>(event: Name, payload: EventPayload<Name>): void;
  subscribe(listener: (event: AnyEvent) => void): () => void;
}>;

export function createEventBus(onListenerError: (error: unknown) => void): EventBus {
  const listeners = new Set<(event: AnyEvent) => void>();
  return {
    publish(event, payload) {
      for (const listener of listeners) {
        try {
          listener({ event, payload } as AnyEvent);
        } catch (error) {
          onListenerError(error);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
