import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { AppError } from '../../../core/contract/errors.ts';
import type { AttentionForm, AttentionView, Problem, Stage } from '../../../core/contract/schemas/attention.ts';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { problemSentence } from '../i18n/i18n.ts';
import { createFormDraft } from '../state/form-draft.ts';
import type { DraftState, FormDraft } from '../state/form-draft.ts';
import { isTooLong } from '../state/form-limits.ts';
import { putAttention } from '../state/queries.ts';
import { useAction } from '../state/use-action.ts';
import type { Action } from '../state/use-action.ts';
import { errorsUpTo, nextStageOf, previousStageOf } from './stage-order.ts';

export type AttentionWork = Readonly<{
  attention: AttentionView;
  status: DeskStatus;
  form: AttentionForm;
  saving: DraftState['saving'];
  draftError: AppError | null;
  edit: (change: Partial<AttentionForm>) => void;
  /** Saves what is typed, then does `work` and shows the attention that comes back. */
  change: (work: () => Promise<AttentionView>) => Promise<void>;
  /** Waits until everything that was asked is done. */
  flush: () => Promise<void>;
  /** The sentence for a field, once the officer tried to go on or the field holds something wrong. */
  fieldError: (path: string) => string | null;
  /** What keeps this stage open. */
  missing: readonly Problem[];
  hasTried: boolean;
  goTo: Action<[Stage]>;
  next: () => void;
  back: () => void;
  /** Leaves the focus where a problem is solved. */
  goToProblem: (problem: Problem) => void;
}>;

const AttentionContext = createContext<AttentionWork | null>(null);

export function useAttentionWork(): AttentionWork {
  const work = use(AttentionContext);
  if (work === null) throw new Error('no attention above this component');
  return work;
}

export const AttentionProvider = AttentionContext.Provider;

const autosaveDelayMs = 400;

/** One attention in work: what the services know, what is being typed, and the ways forward and back. */
export function useMakeAttentionWork(attention: AttentionView, status: DeskStatus): AttentionWork {
  const bridge = useBridge();
  const client = useQueryClient();
  const { attentionId, stage } = attention;
  const [draft] = useState(() =>
    createFormDraft(attention, {
      update: (version, form) => bridge.call('attention.updateForm', { attentionId, version, form }),
      refetch: () => bridge.call('attention.get', { attentionId }),
      onSaved: (saved) => putAttention(client, saved),
      delayMs: autosaveDelayMs,
    }),
  );
  useDraftLife(draft, attention);
  const { form, saving, error: draftError } = useSyncExternalStore(draft.subscribe, draft.getState);
  const [triedStage, setTriedStage] = useState<Stage | null>(null);
  const hasTried = triedStage === stage;
  const missing = errorsUpTo(stage, attention.problems);

  // In the order in which they were asked; the way forward waits for them.
  const pending = useRef<Promise<unknown>>(Promise.resolve());
  function change(work: () => Promise<AttentionView>): Promise<void> {
    const done = pending.current.then(async () => {
      await draft.flush();
      putAttention(client, await work());
    });
    pending.current = done.catch(() => {});
    return done;
  }

  const goTo = useAction((to: Stage) => change(() => bridge.call('attention.goTo', { attentionId, stage: to })));

  async function advance(): Promise<void> {
    const to = nextStageOf(attention);
    if (to === null) return;
    // What was typed or pressed a moment ago may be what was missing: a field sends its text when it loses the focus.
    await new Promise((resolve) => setTimeout(resolve, 0));
    await pending.current;
    await draft.flush().catch(() => {});
    const fresh = client.getQueryData<AttentionView>(['attention', attentionId]) ?? attention;
    const blocking = errorsUpTo(stage, fresh.problems);
    if (blocking.length > 0 || isTooLong(draft.getState().form)) {
      setTriedStage(stage);
      focusProblem(blocking[0]?.field);
      return;
    }
    await goTo.run(to);
  }

  async function goToProblem(problem: Problem): Promise<void> {
    setTriedStage(problem.stage);
    if (problem.stage !== stage) await goTo.run(problem.stage);
    // After the other stage has taken the focus to its own first field.
    setTimeout(() => focusProblem(problem.field), 60);
  }

  function fieldError(path: string): string | null {
    const problem = attention.problems.find((known) => known.field === path && known.severity === 'error');
    if (problem === undefined) return null;
    const isMissing =
      problem.code === 'required' ||
      problem.code === 'identifierIncomplete' ||
      problem.code === 'meansNotDeclared' ||
      problem.code === 'identityNotChecked' ||
      problem.code === 'commitmentMissing';
    return isMissing && !hasTried ? null : problemSentence(problem);
  }

  return {
    attention,
    status,
    form,
    saving,
    draftError,
    edit: draft.edit,
    change,
    flush: async () => {
      await pending.current;
    },
    fieldError,
    missing,
    hasTried,
    goTo,
    next: () => void advance(),
    back: () => {
      const to = previousStageOf(attention);
      if (to !== null) void goTo.run(to);
    },
    goToProblem: (problem) => void goToProblem(problem),
  };
}

function useDraftLife(draft: FormDraft, attention: AttentionView): void {
  useEffect(() => draft.rebase(attention), [draft, attention]);
  // Hidden (locked, or looking at records): nothing typed is left unsaved.
  useEffect(() => () => void draft.flush().catch(() => {}), [draft]);
}

/** Focus on the field of a path, or on the closest thing to it that can take it. */
export function focusProblem(path: string | undefined): void {
  if (path === undefined) return;
  const element =
    document.querySelector<HTMLElement>(`main [data-path="${CSS.escape(path)}"]`) ??
    document.querySelector<HTMLElement>(`main [data-path^="${CSS.escape(path)}."]`);
  if (element === null) return;
  const target = element.matches('input, select, textarea, button, [tabindex]')
    ? element
    : element.querySelector<HTMLElement>('input:not([type=hidden]), select, textarea, button, [tabindex]');
  target?.focus();
}
