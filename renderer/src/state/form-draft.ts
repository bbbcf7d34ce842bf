import { AppError } from '../../../core/contract/errors.ts';
import type { AttentionForm, AttentionView } from '../../../core/contract/schemas/attention.ts';
import { clampForm } from './form-limits.ts';

export type DraftState = Readonly<{
  form: AttentionForm;
  saving: 'saved' | 'pending' | 'failed';
  error: AppError | null;
}>;

export type FormDraft = Readonly<{
  getState(): DraftState;
  subscribe(listener: () => void): () => void;
  /** What was typed. It stays on the screen whatever the services answer, and is saved a moment later. */
  edit(change: Partial<AttentionForm>): void;
  /** A newer attention arrived: what was typed and is not saved yet is laid over it. */
  rebase(attention: AttentionView): void;
  /** Saves now what is not saved yet. Rejects with the services' AppError. */
  flush(): Promise<void>;
  dispose(): void;
}>;

type Ports = Readonly<{
  update(version: number, form: AttentionForm): Promise<AttentionView>;
  refetch(): Promise<AttentionView>;
  onSaved(attention: AttentionView): void;
  delayMs: number;
}>;

const maximumReapplications = 3;

/** The form as typed: the last one the services know, under the fields that are not saved yet. */
export function createFormDraft(initial: AttentionView, ports: Ports): FormDraft {
  let base = initial;
  let unsaved: Partial<AttentionForm> = {};
  // Saved as far as it fits; the whole of it stays on the screen until it is shortened.
  let overlong: Partial<AttentionForm> = {};
  let state: DraftState = { form: initial.form, saving: 'saved', error: null };
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running: Promise<void> | null = null;
  const listeners = new Set<() => void>();

  function publish(change: Partial<DraftState> = {}): void {
    state = { ...state, ...change, form: { ...base.form, ...overlong, ...unsaved } };
    for (const listener of listeners) listener();
  }

  function accept(attention: AttentionView): void {
    if (attention.version >= base.version) base = attention;
  }

  function forget(sent: Partial<AttentionForm>, saved: AttentionForm): void {
    unsaved = pick(unsaved, (name, value) => sent[name] !== value);
    overlong = { ...overlong, ...sent };
    overlong = pick(
      overlong,
      (name, value) => JSON.stringify(clampForm({ ...saved, [name]: value })[name]) !== JSON.stringify(value),
    );
  }

  async function saveOnce(): Promise<void> {
    const sent = unsaved;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const saved = await ports.update(base.version, clampForm({ ...base.form, ...sent }));
        accept(saved);
        forget(sent, saved.form);
        ports.onSaved(saved);
        return;
      } catch (error) {
        const isStale = error instanceof AppError && error.code === 'attention.changedSinceReview';
        if (!isStale || attempt >= maximumReapplications) throw error;
        accept(await ports.refetch());
      }
    }
  }

  async function saveAll(): Promise<void> {
    try {
      while (Object.keys(unsaved).length > 0) {
        publish({ saving: 'pending' });
        await saveOnce();
      }
      publish({ saving: 'saved', error: null });
    } catch (error) {
      const known = error instanceof AppError ? error : new AppError('internal.unexpected');
      publish({ saving: 'failed', error: known });
      throw known;
    }
  }

  function cancelTimer(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function flush(): Promise<void> {
    cancelTimer();
    if (Object.keys(unsaved).length === 0 && running === null) return Promise.resolve();
    running ??= saveAll().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    edit: (change) => {
      unsaved = { ...unsaved, ...change };
      publish({ saving: 'pending' });
      cancelTimer();
      // The state already tells of a failure; typing goes on.
      timer = setTimeout(() => void flush().catch(() => {}), ports.delayMs);
    },
    rebase: (attention) => {
      if (attention.version <= base.version) return;
      base = attention;
      publish();
    },
    flush,
    dispose: cancelTimer,
  };
}

function pick(
  form: Partial<AttentionForm>,
  isKept: (name: keyof AttentionForm, value: unknown) => boolean,
): Partial<AttentionForm> {
  return Object.fromEntries(
    Object.entries(form).filter(([name, value]) => isKept(name as keyof AttentionForm, value)),
  ) as Partial<AttentionForm>;
}
