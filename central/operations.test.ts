import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCentre } from './centre.ts';
import type { Centre } from './centre.ts';
import { migrations } from './database/migrate.ts';
import { speakWithProcess, startCentreProcess } from './testing/centre-process.ts';
import { writeRequest } from './testing/hostile/raw-request.ts';
import { findPostgres, startPostgres } from './testing/postgresql.ts';
import type { PostgresCluster } from './testing/postgresql.ts';
import { enrolTestDesk } from './testing/test-desk.ts';
import type { TestDesk } from './testing/test-desk.ts';
import { createTestJournal, testFile } from './testing/test-journal.ts';
import type { TestFile } from './testing/test-journal.ts';

/* What whoever runs the centre relies on, on PostgreSQL. */

const binaries = findPostgres();
const has = (program: string, ...words: readonly string[]) => spawnSync(program, words).status === 0;

describe.skipIf(binaries === null)('the centre in service', () => {
  let cluster: PostgresCluster;
  let databaseUrl: string;
  let folder: string;
  beforeAll(async () => {
    cluster = await startPostgres(binaries ?? '');
    databaseUrl = await cluster.createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ventanilla-operations-'));
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function announce(desk: TestDesk, file: TestFile, url: string): Promise<void> {
    const journal = createTestJournal(desk.incoming, new Date());
    journal.addRecord({}, { pdf: file, eni: testFile() });
    const path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
    expect(await desk.post(path, { entries: journal.entries }, { url })).toMatchObject({ status: 200 });
  }

  describe('with its database away', () => {
    let centre: Centre;
    let desk: TestDesk;
    beforeAll(async () => {
      centre = await createCentre({ databaseUrl, dataFolder: join(folder, 'away') });
      desk = await enrolTestDesk(centre, 'O00009999', '01', new Date());
    });
    afterAll(() => centre.close());

    test('is alive and says that it is not ready, refuses for the moment, and goes on by itself', async () => {
      const cursor = `/api/v1/series/${desk.incoming.seriesId}/cursor`;
      expect((await fetch(`${centre.url}/ready`)).status).toBe(200);
      await cluster.halt();
      expect((await fetch(`${centre.url}/health`)).status).toBe(200);
      const ready = await fetch(`${centre.url}/ready`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        { code: 'centre.unavailable', message: 'The centre cannot work at the moment.' },
      ]);
      expect(await desk.get(cursor)).toMatchObject({ status: 503, body: { code: 'centre.unavailable' } });
      const page = await fetch(`${centre.url}/verificar/VEN-AAAA`);
      expect(page.status).toBeLessThan(504);
      await cluster.resume();
      expect((await fetch(`${centre.url}/ready`)).status).toBe(200);
      expect(await desk.get(cursor)).toMatchObject({ status: 200 });
    });

    test('writes figures that Prometheus reads, and describes its interface as OpenAPI says', async () => {
      await fetch(`${centre.url}/nothing"\\`);
      const metrics = await (await fetch(`${centre.url}/metrics`)).text();
      for (const line of metrics.trimEnd().split('\n')) {
        expect(line).toMatch(
          /^(?:# (?:HELP|TYPE) ventanilla_\w+ .+|ventanilla_\w+(?:\{(?:\w+="[^"\\\n]*",?)+\})? \d+)$/u,
        );
      }
      if (has('promtool', '--version')) execFileSync('promtool', ['check', 'metrics'], { input: metrics });
      else console.info('central: promtool is not installed; the figures were read by the test alone');
      const api = join(folder, 'openapi.json');
      writeFileSync(api, await (await fetch(`${centre.url}/openapi.json`)).text());
      if (has('python3', '-c', 'import openapi_spec_validator')) {
        execFileSync('python3', ['-m', 'openapi_spec_validator', api]);
      } else {
        console.info('central: openapi-spec-validator is not installed; only the routes were compared');
      }
      const { paths } = JSON.parse(readFileSync(api, 'utf8')) as { paths: Record<string, object> };
      for (const path of ['/api/v1/series/{seriesId}/entries', '/feed/v1/entries', '/feed/v1/exchanges']) {
        expect(Object.keys(paths)).toContain(path);
      }
    });
  });

  test('told to stop takes the upload in hand to its end; killed, another instance goes on with it', async () => {
    const data = join(folder, 'stop');
    const database = await cluster.createDatabase();
    const [first, second] = [1, 2].map(() => startCentreProcess(data, '--database-url', database));
    if (first === undefined || second === undefined) throw new Error('no instance');
    try {
      const one = await speakWithProcess(first);
      const two = await speakWithProcess(second);
      const desk = await enrolTestDesk(one, 'O00009999', '01', new Date());
      const pdf = testFile(randomBytes(400_000));
      await announce(desk, pdf, one.url);
      const half = pdf.content.subarray(0, 200_000);
      const path = `/api/v1/blobs/${pdf.sha256}?offset=0`;
      const headers: readonly (readonly [string, string])[] = [
        ...Object.entries(desk.signRequest('PUT', path, half)),
        ['content-type', 'application/octet-stream'],
        ['content-length', String(half.length)],
      ];
      const socket = connect(Number(new URL(one.url).port), '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(Buffer.concat([writeRequest('PUT', path, headers), half.subarray(0, 100_000)]));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const stopped = first.end('SIGTERM');
      await expect
        .poll(() =>
          fetch(`${one.url}/health`).then(
            () => 'open',
            () => 'closed',
          ),
        )
        .toBe('closed');
      socket.write(half.subarray(100_000));
      await closed;
      expect(answer).toMatch(/^HTTP\/1\.1 200 /u);
      expect(answer).toContain('{"state":"partial","offset":200000}');
      expect(await stopped).toBe(0);
      const rest = pdf.content.subarray(200_000);
      const next = `/api/v1/blobs/${pdf.sha256}?offset=200000`;
      expect(await desk.put(next, rest.subarray(0, 100_000), { url: two.url })).toMatchObject({
        body: { offset: 300_000 },
      });
      await second.end('SIGKILL');
      const third = startCentreProcess(data, '--database-url', database);
      const three = await speakWithProcess(third);
      expect(await desk.get(`/api/v1/blobs/${pdf.sha256}/state`, { url: three.url })).toMatchObject({
        body: { offset: 300_000 },
      });
      const last = await desk.put(`/api/v1/blobs/${pdf.sha256}?offset=300000`, rest.subarray(100_000), {
        url: three.url,
      });
      expect(last).toMatchObject({ body: { state: 'complete' } });
      expect(await third.end('SIGTERM')).toBe(0);
    } finally {
      await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]);
    }
  }, 240_000);
});

test('a migration only adds, so that instances of the program before it go on beside the new one', () => {
  // Of the first three nobody ran an older program.
  for (const { version, script } of migrations.filter((migration) => migration.version > 3)) {
    // A list of values that is written anew may have more of them.
    const isWidened =
      /ALTER TABLE (\w+) DROP CONSTRAINT (\w+);\s*ALTER TABLE \1 ADD CONSTRAINT \2\s+CHECK \(\w+ IN \(/gu;
    const statements = script.replaceAll(/--[^\n]*/gu, '').replaceAll(isWidened, '');
    const breaking =
      /\b(?:DROP|RENAME|TRUNCATE|SET NOT NULL)\b|\bALTER COLUMN\b|\bADD COLUMN (?:(?!DEFAULT)[^;,])*NOT NULL(?:(?!DEFAULT)[^;,])*[;,]/iu;
    expect([version, breaking.exec(statements)?.[0] ?? null]).toEqual([version, null]);
  }
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_migration, index) => index + 1));
});

test.skipIf(!has('systemd-analyze', '--version'))('the unit is one that systemd takes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-unit-'));
  try {
    const text = readFileSync(new URL('./systemd/ventanilla-central@.service', import.meta.url), 'utf8');
    const unit = join(folder, 'ventanilla-central@8420.service');
    // What is not installed here would be all that it has to say.
    writeFileSync(
      unit,
      text.replace('/opt/ventanilla/node_modules/node/bin/node', process.execPath).replace(/^Documentation=.*\n/mu, ''),
    );
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => line.includes('ventanilla'))).toEqual([]);
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
