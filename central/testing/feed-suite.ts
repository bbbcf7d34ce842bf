import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { feedResponseSchema } from '../deliveries/feed-protocol.ts';
import type { CentreRig } from './centre-rig.ts';
import { enrolTestDesk } from './test-desk.ts';
import type { TestDesk } from './test-desk.ts';
import { createTestJournal, testFile } from './test-journal.ts';

/** What back-office systems read of their office's entries and files. */
export function describeFeed(getRig: () => CentreRig): void {
  describe('the feed of an office', () => {
    defineTests(getRig);
  });
}

type Page = z.infer<typeof feedResponseSchema>;

function defineTests(getRig: () => CentreRig): void {
  const officeCode = 'O00004444';
  const pdf = testFile();
  let token: string;
  let desks: readonly TestDesk[];

  beforeAll(async () => {
    const { centre, now } = getRig();
    token = await centre.issueFeedToken(officeCode, 'gestor');
    desks = await Promise.all(
      ['01', '02', '03', '04'].map((number) => enrolTestDesk(centre, officeCode, number, now())),
    );
  });

  const ask = (path: string, bearer: string | null = token) =>
    fetch(getRig().centre.url + path, bearer === null ? {} : { headers: { authorization: `Bearer ${bearer}` } });

  async function read(query: string, bearer = token): Promise<Page> {
    const response = await ask(`/feed/v1/entries${query}`, bearer);
    expect(response.status).toBe(200);
    return feedResponseSchema.parse(await response.json());
  }

  async function readAll(limit: number): Promise<Page['items']> {
    const items: Page['items'] = [];
    for (let after = 0; ;) {
      const { items: more, next } = await read(`?after=${after}&limit=${limit}`);
      items.push(...more);
      if (more.length === 0) return items;
      after = next;
    }
  }

  test('is in order and whole for whoever reads while desks send, and the same when it is read again', async () => {
    const { now } = getRig();
    const journals = desks.map((desk) => createTestJournal(desk.incoming, now()));
    let isSending = true;
    const sending = Promise.all(
      desks.map(async (desk, index) => {
        const journal = journals[index];
        for (let sent = 0; sent < 12 && journal !== undefined; sent += 3) {
          for (let count = 0; count < 3; count += 1) {
            journal.addRecord({}, { pdf: index + sent + count === 0 ? pdf : testFile(), eni: testFile() });
          }
          const path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
          expect(await desk.post(path, { entries: journal.entries.slice(sent) })).toMatchObject({ status: 200 });
        }
      }),
    ).finally(() => {
      isSending = false;
    });
    const seen: Page['items'] = [];
    for (let after = 0, isLast = false; !isLast;) {
      // Once more after the last was sent: that is all there is.
      isLast = !isSending;
      const { items, next } = await read(`?after=${after}&limit=5`);
      seen.push(...items);
      if (items.length > 0) isLast = false;
      after = next;
    }
    await sending;
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 48 }, (_item, index) => index + 1));
    for (const journal of journals) {
      const seriesId = journal.entries[0]?.seriesId ?? '';
      const own = seen.filter((item) => item.seriesId === seriesId);
      expect(own.map(({ body }) => body)).toEqual(journal.entries.map(({ body }) => body));
      let previous = createHash('sha256').update(seriesId).digest();
      for (const { body, hash } of own) {
        previous = createHash('sha256').update(previous).update(body).digest();
        expect(hash).toBe(previous.toString('hex'));
      }
    }
    expect(await readAll(7)).toEqual(seen);
    expect(await readAll(500)).toEqual(seen);
    expect(await read('?after=48')).toEqual({ items: [], next: 48 });
    expect(await read('?after=9007199254740991')).toEqual({ items: [], next: 9_007_199_254_740_991 });
    // What is acknowledged again is no new entry.
    const [desk] = desks;
    const [journal] = journals;
    await desk?.post(`/api/v1/series/${desk.incoming.seriesId}/entries`, { entries: journal?.entries });
    expect((await read('?after=48')).items).toEqual([]);
  });

  test('gives the files that have come whole', async () => {
    const path = `/feed/v1/files/${pdf.sha256}`;
    expect((await ask(path)).status).toBe(404);
    await desks[0]?.put(`/api/v1/blobs/${pdf.sha256}?offset=0`, pdf.content);
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(pdf.content)).toBe(true);
  });

  test('is opened by a token of the office, as long as it is in force, and shows nothing of another', async () => {
    const { centre } = getRig();
    const foreign = await centre.issueFeedToken('O00003333', 'gestor');
    expect(await read('', foreign)).toEqual({ items: [], next: 0 });
    expect((await ask(`/feed/v1/files/${pdf.sha256}`, foreign)).status).toBe(404);
    const first = await centre.issueFeedToken(officeCode, 'archivo');
    const second = await centre.issueFeedToken(officeCode, 'archivo');
    expect(await centre.revokeFeedToken('O00003333', 'archivo')).toBe(false);
    expect((await ask('/feed/v1/entries', second)).status).toBe(200);
    expect(await centre.revokeFeedToken(officeCode, 'archivo')).toBe(true);
    for (const refused of [null, '', 'x', first, second, `${token}x`, '0'.repeat(43)]) {
      const response = await ask('/feed/v1/entries', refused);
      expect([refused, response.status, await response.json()]).toEqual([
        refused,
        401,
        { code: 'feed.token', message: 'The token is unknown or revoked.' },
      ]);
    }
    const url = `${getRig().centre.url}/feed/v1/entries`;
    for (const authorization of [`bearer ${token}`, `BEARER  ${token}`])
      expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
    for (const query of ['?after=-1', '?after=x', '?after=1e99', '?limit=0', '?limit=501', '?after=1&after=2']) {
      expect([query, (await ask(`/feed/v1/entries${query}`)).status]).toEqual([query, 400]);
    }
  });
}
