import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobResponseSchema } from '../core/contract/sync-protocol.ts';
import { officialYear } from '../core/domain/official-time.ts';
import { makeVerificationCode } from '../core/documents/verification-code.ts';
import { openFolderBlobStore } from './blobs/folder-blob-store.ts';
import { createCentre } from './centre.ts';
import { deriveDataKey, readDataKey } from './encryption/data-key.ts';
import type { DataKeyUse } from './encryption/data-key.ts';
import { describeBlobs } from './testing/blobs-suite.ts';
import { startCentreRig } from './testing/centre-rig.ts';
import type { CentreRig } from './testing/centre-rig.ts';
import { describeDoors } from './testing/doors-suite.ts';
import { describeEntries } from './testing/entries-suite.ts';
import { describeFeed } from './testing/feed-suite.ts';
import { findPostgres, startPostgres } from './testing/postgresql.ts';
import type { PostgresCluster } from './testing/postgresql.ts';
import { enrolTestDesk } from './testing/test-desk.ts';
import { createTestJournal, testFile } from './testing/test-journal.ts';
import { createVisitor } from './testing/visitor.ts';

const binaries = findPostgres();

test('PostgreSQL is tried where it is installed; where it is not, that is said', () => {
  if (binaries === null) console.info('central: PostgreSQL is not installed; only the embedded database was tried');
  expect(binaries === null || binaries.startsWith('/usr/lib/postgresql/')).toBe(true);
});

describe.each(binaries === null ? [] : [binaries])('the centre on PostgreSQL, %s', (programs) => {
  let cluster: PostgresCluster;
  let databaseUrl: string;
  let rig: CentreRig;
  let spreadRig: CentreRig;
  beforeAll(async () => {
    cluster = await startPostgres(programs);
    databaseUrl = await cluster.createDatabase();
    rig = await startCentreRig(databaseUrl);
    spreadRig = await startCentreRig(await cluster.createDatabase(), true);
  });
  afterAll(async () => {
    await Promise.all([rig.stop(), spreadRig.stop()]);
    await cluster.stop();
  });
  describeEntries(() => rig);
  describeDoors(() => rig);
  describeBlobs(() => rig);
  describeFeed(() => rig);

  test('nothing stays of a part that comes while the same file is acknowledged with others', async () => {
    const desk = await enrolTestDesk(rig.centre, 'O00009999', '69', rig.now());
    const pdf = testFile(randomBytes(300_000));
    const journal = createTestJournal(desk.incoming, rig.now());
    journal.addRecord({}, { pdf, eni: testFile() });
    await desk.post(`/api/v1/series/${desk.incoming.seriesId}/entries`, { entries: journal.entries });
    const blobs = join(rig.dataFolder, 'blobs');
    const client = new Client(databaseUrl);
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM blob WHERE sha256 = $1 FOR UPDATE', [pdf.sha256]);
      const together = desk.postFiles([pdf]);
      await expect
        .poll(() => existsSync(join(blobs, pdf.sha256.slice(0, 2), pdf.sha256)), { timeout: 20_000 })
        .toBe(true);
      const part = await desk.put(`/api/v1/blobs/${pdf.sha256}?offset=0`, pdf.content.subarray(0, 1_000));
      expect(part.body).toMatchObject({ state: 'partial', offset: 1_000 });
      await client.query('COMMIT');
      expect(await together).toMatchObject({ status: 200 });
    } finally {
      await client.end();
    }
    expect(readdirSync(join(blobs, 'partial')).filter((name) => name.startsWith(pdf.sha256))).toEqual([]);
  });

  describe('behind a balancer, each request at the other instance than the one before', () => {
    describeEntries(() => spreadRig);
    describeDoors(() => spreadRig);
    describeBlobs(() => spreadRig);
    describeFeed(() => spreadRig);
  });

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
        expect(status).toBe(200);
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

  test('a person’s question, pass and limit are the same at every instance', async () => {
    const { centre, second } = spreadRig;
    if (second === null) throw new Error('one instance only');
    const code = makeVerificationCode('VEN');
    // The form of one instance, answered at the other, redirected to the first again.
    const visitor = createVisitor(() => centre.url);
    const shown = await visitor.verify(code);
    expect([shown.status, shown.text]).toEqual([404, expect.stringContaining(code)]);
    const answers = await Promise.all(Array.from({ length: 70 }, () => visitor.submit({ codigo: code })));
    // 60 at once for all instances together, the first of them above; a few more with the time that the test takes.
    const taken = answers.filter(({ status }) => status !== 429).length;
    expect(taken).toBeLessThan(69);
    expect(taken).toBeGreaterThanOrEqual(59);
  });

  test('four instances that start at once on an empty database bring its schema up to date once', async () => {
    const databaseUrl = await cluster.createDatabase();
    const dataFolder = mkdtempSync(join(tmpdir(), 'ventanilla-centre-'));
    const centres = await Promise.all(Array.from({ length: 4 }, () => createCentre({ databaseUrl, dataFolder })));
    try {
      expect(new Set(centres.map(({ publicKey }) => publicKey)).size).toBe(1);
      const code = await centres[0]?.issueEnrolmentCode('O00005555', '01');
      // A code that one instance gave enrols once, whichever instance is asked.
      const attempts = await Promise.all(
        centres.map(({ url }) =>
          fetch(`${url}/api/v1/desks`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({
              enrolmentCode: code,
              deskId: randomUUID(),
              officeCode: 'O00005555',
              deskNumber: '01',
              publicKey: randomBytes(32).toString('base64'),
              year: officialYear(new Date()),
            }),
          }),
        ),
      );
      expect(attempts.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 403, 403, 403]);
    } finally {
      await Promise.all(centres.map((centre) => centre.close()));
      rmSync(dataFolder, { recursive: true });
    }
  });
});
