import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { writeFileDurably } from './durable-file.ts';
import { errorCode } from './store-errors.ts';
import { findEntryHash, listSeriesHeads, sealSeries } from './series-store.ts';
import type { SeriesHead } from './series-store.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

const anchorName = 'anchor.json';
const unfinishedName = '.anchor.json.new';

const anchorSchema = z.strictObject({
  version: z.literal(1),
  storeId: z.string(),
  heads: z.array(
    z.strictObject({
      seriesId: z.string(),
      journalSequence: z.int().positive(),
      hash: z.string(),
      /** The last number given; absent in anchors of earlier versions. */
      lastSequence: z.int().nonnegative().optional(),
    }),
  ),
  mac: z.string(),
});

/**
 * How far each series had come, kept beside the key and outside the database, with a MAC: a database that is behind it is an
 * old copy. It follows each commit at once but not within it: what a crash leaves out of it is not missed.
 */
export type Anchor = Readonly<{
  /** Something was appended: written soon, once for all that comes meanwhile. */
  changed: () => void;
  /** Resolves when what was appended is written, or could not be. */
  close: () => Promise<void>;
}>;

/** Compares first: each series that is behind the anchor, or has another entry in its place, is sealed. */
export async function openAnchor(context: StoreContext, folder: string, key: Uint8Array): Promise<Anchor> {
  // They stay in the anchor: the same old copy may be brought back once more.
  const lost = new Map<string, SeriesHead>();
  for (const head of await readAnchor(context, folder, key)) {
    if (findEntryHash(context, head.seriesId, head.journalSequence) === head.hash) continue;
    lost.set(head.seriesId, head);
    sealSeries(context, head, 'anchor');
  }
  let writing: Promise<void> | null = null;
  let isStale = false;

  async function writeSoon(): Promise<void> {
    while (isStale) {
      // After the transaction that is under way: what it may take back is not anchored.
      await new Promise(setImmediate);
      isStale = false;
      try {
        const heads = listSeriesHeads(context).filter(({ seriesId }) => !lost.has(seriesId));
        await writeAnchor(folder, key, context.storeId, [...lost.values(), ...heads]);
      } catch {
        // A full or failing disk says so to whoever writes a record; the next one brings the anchor up to date.
        return;
      }
    }
  }

  function changed(): void {
    isStale = true;
    writing ??= writeSoon().finally(() => {
      writing = null;
    });
  }

  changed();
  return {
    changed,
    close: async () => {
      while (writing !== null) await writing;
    },
  };
}

/** Empty where there is none yet. One that does not prove itself is told in the audit and counts for nothing. */
async function readAnchor(context: StoreContext, folder: string, key: Uint8Array): Promise<readonly SeriesHead[]> {
  let text: string;
  try {
    text = await readFile(join(folder, anchorName), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    const { mac, ...content } = anchorSchema.parse(JSON.parse(text));
    const own = macOf(key, content);
    const isOwn = own.length === Buffer.from(mac, 'hex').length && timingSafeEqual(own, Buffer.from(mac, 'hex'));
    if (isOwn && content.storeId === context.storeId) return content.heads;
  } catch {
    // Told below.
  }
  write(context, () => {
    audit(context, { action: 'anchor.refused', officerId: null, subjectId: null, details: {} });
  });
  return [];
}

async function writeAnchor(
  folder: string,
  key: Uint8Array,
  storeId: string,
  heads: readonly SeriesHead[],
): Promise<void> {
  const content = { version: 1, storeId, heads };
  const text = `${canonicalJson({ ...content, mac: macOf(key, content).toString('hex') })}\n`;
  const temporary = join(folder, unfinishedName);
  // Always the same name: what a crash left does not stay.
  await rm(temporary, { force: true });
  await writeFileDurably(join(folder, anchorName), temporary, [Buffer.from(text)]);
}

function macOf(key: Uint8Array, content: unknown): Buffer {
  return createHmac('sha256', key).update(canonicalJson(content)).digest();
}
