import { AppError } from '../contract/errors.ts';
import type { RawSigner, TimestampSource } from '../documents/signing/cms.ts';
import { finishSignature } from '../documents/signing/pades.ts';
import type { SignedPieces } from '../documents/signing/pades.ts';
import type { PreparedSignature } from '../documents/signing/pdf-signature-field.ts';

export type PreparedItem = Readonly<{
  prepared: PreparedSignature;
  /** Stores the signed document; what was stored stays whatever happens to the others. */
  keep: (signed: SignedPieces) => Promise<void>;
}>;

export type SigningBatch<Item> = Readonly<{
  items: readonly Item[];
  /** All that needs no card. */
  prepare: (item: Item) => Promise<PreparedItem>;
  signer: RawSigner;
  timestamp: TimestampSource;
  /**
   * Signatures asked of the card ahead. Two keep it busy while the next document is hashed; one where each presents the
   * PIN, so that a wrong one costs one try.
   */
  cardQueue: 1 | 2;
  signal: AbortSignal;
  /** Called after each document that was kept. */
  onKept: (count: number) => void;
}>;

/** Signed documents that may wait for their time stamps and the disk while the card goes on: what bounds the memory. */
const documentsInHand = 6;

/**
 * Signs documents one after another with one key. Reading, hashing and preparing the next one, time stamps and storing
 * go on beside the card. Stops at the first failure and rejects with it when everything in hand has ended; throws
 * `request.cancelled` when the signal stopped it.
 */
export async function signBatch<Item>(batch: SigningBatch<Item>): Promise<void> {
  const card = createSlots(batch.cardQueue);
  const hands = createSlots(documentsInHand);
  const tasks: Promise<void>[] = [];
  let failure: unknown = null;
  let kept = 0;

  async function sign(item: PreparedItem, leaveCard: () => void): Promise<void> {
    const signer: RawSigner = {
      ...batch.signer,
      sign: (data) => batch.signer.sign(data).finally(leaveCard),
    };
    await item.keep(await finishSignature(item.prepared, { signer, timestamp: batch.timestamp }));
    kept += 1;
    batch.onKept(kept);
  }

  for (const item of batch.items) {
    const leaveHands = await hands.take();
    if (failure !== null || batch.signal.aborted) break;
    try {
      const prepared = await batch.prepare(item);
      const leaveCard = await card.take();
      if (failure !== null || batch.signal.aborted) break;
      const task = sign(prepared, leaveCard)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => {
          leaveCard();
          leaveHands();
        });
      tasks.push(task);
    } catch (error) {
      failure ??= error;
      break;
    }
  }
  await Promise.all(tasks);
  if (failure !== null)
    throw failure instanceof Error ? failure : new AppError('signature.failed', {}, { cause: failure });
  if (batch.signal.aborted) throw new AppError('request.cancelled');
}

type Slots = Readonly<{
  /** Waits for a free one; what it resolves with gives it back, once however often it is called. */
  take(): Promise<() => void>;
}>;

function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      };
    },
  };
}
