import type { AttentionView, Problem, Stage } from '../../../core/contract/schemas/attention.ts';

/** The stages in their order (core/contract/schemas/attention.ts). */
const order = [
  'person',
  'application',
  'papers',
  'collation',
  'consent',
  'signature',
  'delivery',
] as const satisfies readonly Stage[];

/** What keeps the way beyond `stage` closed. */
export function errorsUpTo(stage: Stage, problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(
    (problem) => problem.severity === 'error' && order.indexOf(problem.stage) <= order.indexOf(stage),
  );
}

export function nextStageOf(attention: Pick<AttentionView, 'stage' | 'stages'>): Stage | null {
  const index = attention.stages.findIndex(({ stage }) => stage === attention.stage);
  return attention.stages[index + 1]?.stage ?? null;
}

export function previousStageOf(attention: Pick<AttentionView, 'stage' | 'stages' | 'recordId'>): Stage | null {
  if (attention.recordId !== null) return null;
  const index = attention.stages.findIndex(({ stage }) => stage === attention.stage);
  return attention.stages[index - 1]?.stage ?? null;
}
