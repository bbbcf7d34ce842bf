import type { OpenDesk, ServiceContext } from './context.ts';

const dayMs = 86_400_000;
/** Somebody who left may come back within the week; after it nothing of an unfinished attention is of use (art. 5.1.e GDPR). */
const abandonedDays = 7;
/** The raw captures behind the copies: for as long as a page may be held against its paper. */
const deliveredDays = 30;
const filesPerStep = 500;

type RetentionContext = Pick<ServiceContext, 'clock' | 'log'> &
  Readonly<{
    configuration: Pick<ServiceContext['configuration'], 'keepSentDays'>;
    desk: () => Pick<OpenDesk, 'store' | 'blobs'>;
  }>;

/**
 * Ends drafts, captures and, where the settings say for how long they stay, files that the centre holds durably. At each
 * opening, before anybody works. A clock that a supervisor has yet to vouch for ends nothing.
 */
export async function applyRetention(context: RetentionContext): Promise<void> {
  const { store, blobs } = context.desk();
  if (store.findForwardJump() !== null) return;
  const daysAgo = (days: number) => new Date(context.clock.now().getTime() - days * dayMs);
  const before = { abandoned: daysAgo(abandonedDays), delivered: daysAgo(deliveredDays) };
  while (store.endDrafts(before) > 0) await new Promise(setImmediate);
  const { keepSentDays } = context.configuration;
  if (keepSentDays !== null) store.endSentFiles(daysAgo(keepSentDays));
  let removed = 0;
  for (let ended = store.listEndedFiles(filesPerStep); ended.length > 0; ended = store.listEndedFiles(filesPerStep)) {
    await blobs.remove(ended);
    // Only now: after a crash in between they are removed again, which does nothing.
    store.forgetEndedFiles(ended);
    removed += ended.length;
  }
  if (removed > 0) context.log.info('retention.removed', { files: removed });
}
