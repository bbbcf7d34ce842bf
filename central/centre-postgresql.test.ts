import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobResponseSchema } from '../core/contract/sync-protocol.ts';
import { openFolderBlobStore } from './blobs/folder-blob-store.ts';
import { deriveDataKey, readDataKey } from './encryption/data-key.ts';
import type { DataKeyUse } from './encryption/data-key.ts';
import { describeBlobs } from './testing/blobs-suite.ts';
import { startCentreRig } from './testing/centre-rig.ts';
import type { CentreRig } from './testing/centre-rig.ts';
import { describeDoors } from './testing/doors-suite.ts';
import { describeEntries } from './testing/entries-suite.ts';
import { findPostgres, startPostgres } from './testing/postgresql.ts';
import type { PostgresCluster } from './testing/postgresql.ts';
import { enrolTestDesk } from './testing/test-desk.ts';
import { createTestJournal, testFile } from './testing/test-journal.ts';

const binaries = findPostgres();

test('PostgreSQL is tried where it is installed; where it is not, that is said', () => {
  if (binaries === null) console.info('central: PostgreSQL is not installed; only the embedded database was tried');
  expect(binaries === null || binaries.startsWith('/usr/lib/postgresql/')).toBe(true);
});

describe.each(binaries === null ? [] : [binaries])('the centre on PostgreSQL, %s', (programs) => {
  let cluster: PostgresCluster;
  let rig: CentreRig;
  beforeAll(async () => {
    cluster = await startPostgres(programs);
    rig = await startCentreRig(await cluster.createDatabase());
  });
  afterAll(async () => {
    await rig.stop();
    await cluster.stop();
  });
  describeEntries(() => rig);
  describeDoors(() => rig);
  describeBlobs(() => rig);

  test('two instances started at once have one key, one schema, and one story of a series', async () => {
    const { centre, second, now } = rig;
    if (second === null) throw new Error('one instance only');
    expect(second.publicKey).toBe(centre.publicKey);
    const desk = await enrolTestDesk(centre, 'O00005555', '01', now());
    const journal = createTestJournal(desk.incoming, now());
    for (let count = 0; count < 20; count += 1) journal.addRecord();
    const path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
    const [first, ...others] = await Promise.all(
      [centre, second, centre, second].map(({ url }) => desk.post(path, { entries: journal.entries }, { url })),
    );
    expect(first).toMatchObject({ status: 200, body: { result: 'accepted' } });
    for (const other of others) expect(other).toEqual(first);
    const cursor = await desk.get(`/api/v1/series/${desk.incoming.seriesId}/cursor`, { url: second.url });
    expect(cursor).toMatchObject({ body: { cursor: 20, isHalted: false } });
    const nonce = '00112233445566778899aabbccddeeff';
    expect(await desk.get('/api/v1/reference?version=0', { nonce })).toMatchObject({ status: 200 });
    const replayed = await desk.get('/api/v1/reference?version=0', { nonce, url: second.url });
    expect(replayed).toMatchObject({ body: { code: 'authentication.replayed' } });
  });

  test('one file sent through two instances at once ends whole, wherever they cut one another’s chunks', async () => {
    const { centre, second, now, dataFolder } = rig;
    if (second === null) throw new Error('one instance only');
    const desk = await enrolTestDesk(centre, 'O00005555', '02', now());
    const pdf = testFile(randomBytes(2_000_000));
    const journal = createTestJournal(desk.incoming, now());
    journal.addRecord({}, { pdf, eni: testFile() });
    await desk.post(`/api/v1/series/${desk.incoming.seriesId}/entries`, { entries: journal.entries });
    const sendAll = async (url: string, pieceLength: number) => {
      let offset = 0;
      for (let count = 0; count < 500; count += 1) {
        const piece = pdf.content.subarray(offset, offset + pieceLength);
        const { status, body } = await desk.put(`/api/v1/blobs/${pdf.sha256}?offset=${offset}`, piece, { url });
        // The other instance may have taken the upload away as it finished it.
        if (status !== 200) continue;
        const response = blobResponseSchema.parse(body);
        if (response.state === 'complete') return response;
        offset = response.offset;
      }
      throw new Error('never complete');
    };
    const [one, other] = await Promise.all([sendAll(centre.url, 70_001), sendAll(second.url, 110_003)]);
    expect(one).toEqual(other);
    const dataKey = await readDataKey(join(dataFolder, 'data-key'));
    const derive = (use: DataKeyUse) => deriveDataKey(dataKey, use);
    const store = await openFolderBlobStore(join(dataFolder, 'blobs'), { derive }, () => expect.fail('damaged'));
    const stored = await store.read(pdf.sha256);
    expect(stored !== null && Buffer.from(stored).equals(pdf.content)).toBe(true);
  });
});
