import { applyCentreSeal } from './centre-seal.ts';
import type { ServiceContext } from './context.ts';
import { createEvidenceCompletion } from './evidence.ts';
import { createRenewedVerification } from './renewed-verification.ts';
import type { CentreSealPort } from './ports/centre-seal.ts';

/** What waits for a line besides the synchronization: the centre's seal, what was brought, the evidence of signatures. */
export type LineWork = Readonly<{
  /** Starts in the background, or goes on; a slow authority holds up neither records nor files. */
  start(centreSeal: CentreSealPort): void;
  /** Resolves when nothing runs. */
  finished(): Promise<void>;
}>;

/** Ends soon after `signal` is aborted. What is not done is done after the next connection. */
export function createLineWork(context: ServiceContext, signal: AbortSignal): LineWork {
  const completeEvidence = createEvidenceCompletion(context);
  const renewVerification = createRenewedVerification(context);
  let running: Promise<void> | null = null;
  let isWantedAgain = false;

  async function run(centreSeal: CentreSealPort): Promise<void> {
    try {
      isWantedAgain = false;
      // The seal first: what proves a receipt for years then proves its seal too.
      const sealed = await applyCentreSeal(context, centreSeal, signal);
      const renewed = await renewVerification(signal);
      const completed = await completeEvidence(signal);
      if (sealed + renewed + completed > 0) context.syncWanted();
    } catch (error) {
      context.log.error('lineWork.failed', error);
    } finally {
      running = isWantedAgain && !signal.aborted ? run(centreSeal) : null;
    }
  }

  return {
    start(centreSeal) {
      if (signal.aborted) return;
      if (running === null) running = run(centreSeal);
      else isWantedAgain = true;
    },
    async finished() {
      while (running !== null) await running;
    },
  };
}
