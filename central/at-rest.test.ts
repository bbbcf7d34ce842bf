import { randomBytes, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RegisteredRecord } from '../core/contract/schemas/record.ts';
import { createCentre } from './centre.ts';
import type { Centre, CentreOptions } from './centre.ts';
import { bytesSchema } from './database/database.ts';
import type { Database } from './database/database.ts';
import { openEmbeddedDatabase } from './database/embedded-database.ts';
import { openPostgres } from './database/postgres-database.ts';
import { sql } from './database/sql.ts';
import { createAtRest } from './encryption/at-rest.ts';
import { openDataKey, readDataKey } from './encryption/data-key.ts';
import { entryPlace } from './encryption/places.ts';
import { findOnDisk } from './testing/find-on-disk.ts';
import { findPostgres, startPostgres } from './testing/postgresql.ts';
import type { PostgresCluster } from './testing/postgresql.ts';
import { addSecretRecord, eni, pdf, secretReference, secrets, unfinished } from './testing/secret-record.ts';
import { enrolTestDesk } from './testing/test-desk.ts';
import type { TestDesk } from './testing/test-desk.ts';
import { createTestJournal } from './testing/test-journal.ts';
import type { TestFile, TestJournal } from './testing/test-journal.ts';
import { createVisitor } from './testing/visitor.ts';
import { isEveryCase } from '../core/testing/every-case.ts';

/* What somebody finds who carries the centre's disks away without its data key. */

const binaries = findPostgres();
const now = new Date('2026-11-20T09:42:07Z');
test('the search finds a text in every encoding that it looks for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-search-'));
  try {
    const text = 'Núñez de la Peña';
    const utf16 = Buffer.from(text, 'utf16le');
    writeFileSync(join(folder, 'le'), utf16);
    writeFileSync(join(folder, 'be'), Buffer.from(utf16).swap16());
    writeFileSync(join(folder, 'utf8'), `x${text}x`);
    writeFileSync(join(folder, 'hex'), Buffer.from(text).toString('hex'));
    for (const before of ['', 'a', 'ab']) {
      writeFileSync(join(folder, `base64-${before}`), Buffer.from(`${before}${text}xyz`).toString('base64'));
    }
    writeFileSync(join(folder, 'json'), JSON.stringify(text).replaceAll('ú', '\\u00fa').replaceAll('ñ', '\\u00f1'));
    const found = findOnDisk([folder], [text]).map((hit) => hit.split(/[ /]/u).at(-1));
    expect(found.map(String).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'base64-',
      'base64-a',
      'base64-ab',
      'be',
      'hex',
      'json',
      'le',
      'utf8',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// In `npm test` the database that a city has, where there is one.
describe.each(binaries === null ? ['PGlite'] : isEveryCase ? ['PGlite', 'PostgreSQL'] : ['PostgreSQL'])(
  'the centre’s disks with %s',
  (kind) => {
    let folder: string;
    let cluster: PostgresCluster | null = null;
    let databaseUrl: string | null = null;
    let desk: TestDesk;
    let record: RegisteredRecord;
    let other: RegisteredRecord;
    let journal: TestJournal;

    const open = (change: Partial<CentreOptions> = {}): Promise<Centre> =>
      createCentre({
        dataFolder: folder,
        now: () => now,
        ...(databaseUrl === null ? {} : { databaseUrl }),
        ...change,
      });

    async function withCentre<Output>(work: (centre: Centre) => Promise<Output>): Promise<Output> {
      const centre = await open();
      try {
        return await work(centre);
      } finally {
        await centre.close();
      }
    }

    async function withDatabase<Output>(work: (database: Database) => Promise<Output>): Promise<Output> {
      const database =
        databaseUrl === null
          ? await openEmbeddedDatabase(join(folder, 'database'))
          : openPostgres(databaseUrl, () => undefined);
      try {
        return await work(database);
      } finally {
        await database.close();
      }
    }

    const fileOf = ({ sha256 }: TestFile) => join(folder, 'blobs', sha256.slice(0, 2), sha256);

    async function fill(): Promise<void> {
      await withCentre(async (centre) => {
        await centre.publishReference(secretReference());
        desk = await enrolTestDesk(centre, 'O00009999', '01', now);
        journal = createTestJournal(desk.incoming, now);
        record = addSecretRecord(journal);
        other = journal.addRecord({ recordId: randomUUID().toUpperCase() });
        journal.addEvent(other, {
          type: 'annulled',
          at: other.recordedAt,
          reason: secrets.reason,
          supervisorId: 'F-1',
        });
        // Also what is not understood is kept, and read by nobody.
        journal.addBody(JSON.stringify({ kind: 'unknown', text: secrets.statement }));
        const path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
        const answer = await desk.post(path, { entries: journal.entries });
        expect(answer).toMatchObject({
          status: 200,
          body: {
            acknowledgements: [
              ...Array.from({ length: 4 }, () => ({ quarantineReasons: [] })),
              { quarantineReasons: ['body.schema'] },
            ],
          },
        });
        // A replay is known by its hash.
        expect(await desk.post(path, { entries: journal.entries })).toEqual(answer);
        for (const { sha256, content } of [pdf, eni]) {
          const stored = await desk.put(`/api/v1/blobs/${sha256}?offset=0`, content);
          expect(stored).toMatchObject({ body: { state: 'complete' } });
        }
        const part = unfinished.content.subarray(0, 150_000);
        expect(await desk.put(`/api/v1/blobs/${unfinished.sha256}?offset=0`, part)).toMatchObject({
          body: { state: 'partial', offset: 150_000 },
        });
      });
    }

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'ventanilla-at-rest-'));
      if (kind === 'PostgreSQL' && binaries !== null) {
        cluster = await startPostgres(binaries);
        databaseUrl = await cluster.createDatabase();
      }
      await fill();
    });
    afterAll(async () => {
      await cluster?.stop();
      rmSync(folder, { recursive: true });
    });

    test('hold nothing of what a record, its files, the directory and its codes say', async () => {
      await cluster?.flush();
      const folders = [folder, ...(cluster === null ? [] : [cluster.dataFolder])];
      expect(findOnDisk(folders, Object.values(secrets))).toEqual([]);
      // The search reads the database’s files: what may stand there does.
      expect(findOnDisk(folders, [record.recordNumber]).length).toBeGreaterThan(0);
      expect(statSync(join(folder, 'data-key')).mode & 0o777).toBe(0o600);
    });

    test('give everything back after a restart: page, file, upload under way, reference data', async () => {
      await withCentre(async ({ url }) => {
        const visitor = createVisitor(url);
        const { status, text } = await visitor.verify(secrets.code);
        expect(status).toBe(200);
        for (const words of [secrets.title, secrets.officeName, secrets.bodyName, secrets.code])
          expect(text).toContain(words);
        const link = /href="([^"]+\/version\/1[^"]*)"/u.exec(text)?.[1] ?? '';
        const download = await fetch(new URL(link, url));
        expect(download.headers.get('content-length')).toBe(String(pdf.content.length));
        expect(Buffer.from(await download.arrayBuffer()).equals(pdf.content)).toBe(true);
        const receipt = await visitor.verify(record.receiptVerificationCode);
        expect(receipt.text).toContain(secrets.title);
        // Its identifier was sent in capitals, which PostgreSQL does not keep.
        expect((await visitor.verify(other.receiptVerificationCode)).status).toBe(200);
        const state = await desk.get(`/api/v1/blobs/${unfinished.sha256}/state`, { url });
        expect(state).toMatchObject({ body: { state: 'partial', offset: 150_000 } });
        const rest = unfinished.content.subarray(150_000);
        const path = `/api/v1/blobs/${unfinished.sha256}?offset=150000`;
        expect(await desk.put(path, rest, { url })).toMatchObject({ body: { state: 'complete' } });
        const reference = await desk.get('/api/v1/reference?version=0', { url });
        expect(JSON.stringify(reference.body)).toContain(secrets.officerName);
      });
      await cluster?.flush();
      const folders = [folder, ...(cluster === null ? [] : [cluster.dataFolder])];
      expect(findOnDisk(folders, Object.values(secrets))).toEqual([]);
    });

    test('keep each body as it came, and open it in its own row only', async () => {
      await withDatabase(async (database) => {
        let damaged = 0;
        const atRest = createAtRest(await openDataKey(database, folder, null), () => (damaged += 1));
        const rows = await database.list(
          z.object({ sequence: z.int(), body: bytesSchema }),
          sql`SELECT sequence, body FROM entry ORDER BY sequence`,
        );
        const { seriesId } = desk.incoming;
        const bodies = rows.map(({ sequence, body }) => atRest.bodies.open(entryPlace(seriesId, sequence), body));
        expect(bodies).toEqual(journal.entries.map(({ body }) => body));
        const [first, second] = rows;
        if (first === undefined || second === undefined) throw new Error('no entries');
        expect(damaged).toBe(0);
        expect(() => atRest.bodies.open(entryPlace(seriesId, 1), second.body)).toThrow(
          expect.objectContaining({ code: 'stored.damaged' }),
        );
        expect(() => atRest.columns.open(entryPlace(seriesId, 1), first.body)).toThrow(
          expect.objectContaining({ code: 'stored.damaged' }),
        );
        expect(damaged).toBe(2);
      });
    });

    test('whose rows were given one another’s ciphertext are refused', async () => {
      const swap = () =>
        withDatabase((database) =>
          database.run(sql`UPDATE document AS one SET title = another.title FROM document AS another
          WHERE one.role = 'application' AND another.role = 'application' AND one.record_id <> another.record_id`),
        );
      expect(await swap()).toBe(2);
      await withCentre(async ({ url }) => {
        const { status, text } = await createVisitor(url).verify(secrets.code);
        expect(status).toBe(500);
        expect(text).toContain('El servicio no está disponible');
        expect(text).not.toContain('Solicitud');
        expect(await readMetric(url, 'text')).toBeGreaterThan(0);
      });
      expect(await swap()).toBe(2);
      await withCentre(async ({ url }) => {
        expect((await createVisitor(url).verify(secrets.code)).text).toContain(secrets.title);
      });
    });

    test('with an altered, shortened or exchanged file give an error and not a byte of it', async () => {
      const original = readFileSync(fileOf(pdf));
      const altered = (position: number) => {
        const bytes = Buffer.from(original);
        bytes[position] = (bytes[position] ?? 0) ^ 0x80;
        return bytes;
      };
      const wrongs = [
        altered(3),
        altered(30),
        altered(70),
        altered(original.length - 1),
        altered(original.length - 70_000),
        original.subarray(0, -1),
        // A whole last chunk less, and one more byte than nothing.
        original.subarray(0, 68 + 2 * 65_552),
        original.subarray(0, 69),
        Buffer.concat([original, original.subarray(-100)]),
        readFileSync(fileOf(eni)),
        Buffer.alloc(0),
      ];
      await withCentre(async ({ url }) => {
        const { text } = await createVisitor(url).verify(secrets.code);
        const link = new URL(/href="([^"]+\/version\/1[^"]*)"/u.exec(text)?.[1] ?? '', url);
        for (const [index, wrong] of wrongs.entries()) {
          writeFileSync(fileOf(pdf), wrong);
          const response = await fetch(link);
          const body = await response.text();
          expect([index, response.status]).toEqual([index, 500]);
          expect(body).not.toContain(secrets.inPdf);
          expect(await readMetric(url, 'file')).toBe(index + 1);
        }
        writeFileSync(fileOf(pdf), original);
        // Read to its end: an orderly stop of the centre waits for whoever still downloads.
        const sound = await fetch(link);
        expect(Buffer.from(await sound.arrayBuffer()).equals(pdf.content)).toBe(true);
      });
    });

    test('with another data key, or without theirs, are not opened, in plain words', async () => {
      await expect(open({ dataKey: randomBytes(32) })).rejects.toMatchObject({
        reason: 'wrong',
        message: expect.stringContaining('La clave de los datos no es la de este registro'),
      });
      await expect(open({ dataKey: randomBytes(16) })).rejects.toMatchObject({ reason: 'malformed' });
      const path = join(folder, 'data-key');
      const elsewhere = join(folder, 'brought');
      renameSync(path, elsewhere);
      await expect(open()).rejects.toMatchObject({
        reason: 'missing',
        message: expect.stringContaining('Devuelva el archivo «data-key»'),
      });
      expect(existsSync(path)).toBe(false);
      const brought = await open({ dataKey: await readDataKey(elsewhere) });
      expect((await createVisitor(brought.url).verify(secrets.code)).text).toContain(secrets.title);
      await brought.close();
      expect(readdirSync(folder)).not.toContain('data-key');
      renameSync(elsewhere, path);
    });
  },
);

async function readMetric(url: string, kind: 'text' | 'file'): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^ventanilla_stored_damaged_total\\{kind="${kind}"\\} (\\d+)$`, 'mu').exec(text)?.[1] ?? 0);
}
