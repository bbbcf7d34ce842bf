import { useState } from 'react';
import type { AppError } from '../../../core/contract/errors.ts';
import type { PageView } from '../../../core/contract/schemas/attention.ts';
import type { FlagAnswer } from '../../../core/contract/schemas/page-flag.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { useEveryAction } from '../state/use-action.ts';
import { useAttentionWork } from './attention-context.tsx';

type Verdict = 'confirmed' | 'rejected';
type Decision = Readonly<{ pageId: string; verdict: Verdict }>;
type Answer = Readonly<{ pageId: string; flag: number; answer: FlagAnswer }>;

export type PageDecisions = Readonly<{
  decide: (pageId: string, verdict: Verdict) => void;
  answer: (pageId: string, flag: number, answer: FlagAnswer) => void;
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
  const [answers, setAnswers] = useState<readonly Answer[]>([]);
  const sendAnswer = useEveryAction(async (answer: Answer) => {
    try {
      await change(() => bridge.call('collation.answer', answer));
    } finally {
      setAnswers((known) => known.filter((other) => other !== answer));
    }
  });
  return {
    decide: (pageId, verdict) => {
      const decision = { pageId, verdict };
      setDecisions((known) => [...known, decision]);
      void send.run(decision);
    },
    answer: (pageId, flag, answer) => {
      const given = { pageId, flag, answer };
      setAnswers((known) => [...known, given]);
      void sendAnswer.run(given);
    },
    withAnswer: (page) => {
      const decision = decisions.findLast(({ pageId }) => pageId === page.pageId);
      const own = answers.filter(({ pageId }) => pageId === page.pageId);
      return {
        ...page,
        collation: own.some(({ answer }) => answer === 'rescan') ? 'rejected' : (decision?.verdict ?? page.collation),
        flags: page.flags.map((flag, index) => ({
          ...flag,
          answer: own.findLast((given) => given.flag === index)?.answer ?? flag.answer,
        })),
      };
    },
    error: send.error ?? sendAnswer.error,
  };
}
