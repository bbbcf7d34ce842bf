import { useState } from 'react';
import type { AppError } from '../../../core/contract/errors.ts';
import type { PageView } from '../../../core/contract/schemas/attention.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { useEveryAction } from '../state/use-action.ts';
import { useAttentionWork } from './attention-context.tsx';

type Verdict = 'confirmed' | 'rejected';
type Decision = Readonly<{ pageId: string; verdict: Verdict }>;

export type PageDecisions = Readonly<{
  decide: (pageId: string, verdict: Verdict) => void;
  /** The page with the officer's answer, which may still be on its way to the services. */
  withAnswer: (page: PageView) => PageView;
  error: AppError | null;
}>;

/** Answers are shown at once: whoever presses the space bar page after page does not wait for the disk. */
export function usePageDecisions(): PageDecisions {
  const bridge = useBridge();
  const { change } = useAttentionWork();
  const [decisions, setDecisions] = useState<readonly Decision[]>([]);
  const send = useEveryAction(async (decision: Decision) => {
    try {
      await change(() => bridge.call('collation.decide', decision));
    } finally {
      setDecisions((known) => known.filter((other) => other !== decision));
    }
  });
  return {
    decide: (pageId, verdict) => {
      const decision = { pageId, verdict };
      setDecisions((known) => [...known, decision]);
      void send.run(decision);
    },
    withAnswer: (page) => {
      const decision = decisions.findLast(({ pageId }) => pageId === page.pageId);
      return decision === undefined ? page : { ...page, collation: decision.verdict };
    },
    error: send.error,
  };
}
