import { randomUUID } from 'node:crypto';
import type { ArrivedPage } from '../../core/services/ports/store.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import {
  arrivedPage,
  auditEntry,
  storedAttention,
  storedDocument,
  storedPage,
} from '../../core/store/store-fixture.ts';
import { patiently, say } from './say.ts';

/*
 * A stack of paper as core/services/scanning.ts takes it in, without its images: each page into the spool, and from there into
 * the draft while the next ones come.
 */

export async function scanStack(desk: OpenDesk, pages: number): Promise<void> {
  const { store, spool } = desk;
  await patiently(() => takeInArrivedPages(desk));
  const attention = storedAttention();
  await patiently(async () => {
    store.createAttention(attention, auditEntry);
  });
  let last = Promise.resolve();
  let beforeLast = last;
  for (let sequence = 1; sequence <= pages; sequence += 1) {
    const arrived = { ...arrivedPage(attention.attentionId, sequence), pageId: randomUUID() };
    const previous = last;
    const inDraft = previous.then(async () => {
      await patiently(() => putInDraft(desk, arrived));
      await patiently(() => spool.remove(arrived));
    });
    [beforeLast, last] = [last, inDraft];
    await patiently(() => spool.put(arrived));
    say({ said: 'pageArrived', pageId: arrived.pageId, sha256: arrived.page.sha256 });
    await beforeLast;
  }
  await last;
}

/** As at each opening, and before each stack. */
export async function takeInArrivedPages(desk: OpenDesk): Promise<void> {
  const { store, spool } = desk;
  for (const arrived of await spool.list())
    if (store.findPage(arrived.pageId) === null) await putInDraft(desk, arrived);
  await spool.clear();
}

async function putInDraft({ store, blobs }: OpenDesk, { pageId, order, page }: ArrivedPage): Promise<void> {
  const captureDigest = await blobs.put(page.samples, 'application/octet-stream');
  store.transaction(() => {
    const document = storedDocument(order.input.attentionId);
    store.putDocument(document);
    store.putPage(storedPage(document.documentId, { pageId, captureDigest }));
  });
}
