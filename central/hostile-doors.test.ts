import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCentre } from './centre.ts';
import type { Centre } from './centre.ts';
import { runHostile } from './testing/hostile/hostile-run.ts';
import { sendRaw, writeRequest } from './testing/hostile/raw-request.ts';
import { findPostgres, startPostgres } from './testing/postgresql.ts';
import type { PostgresCluster } from './testing/postgresql.ts';
import { enrolTestDesk } from './testing/test-desk.ts';
import type { TestDesk } from './testing/test-desk.ts';
import { createTestJournal, testFile } from './testing/test-journal.ts';
import type { TestFile } from './testing/test-journal.ts';
import { createVisitor } from './testing/visitor.ts';
import { isEveryCase } from '../core/testing/every-case.ts';

/* What strangers, and the desk of another office, do at the doors. `npm run faults -- doors` does it for longer. */

const binaries = findPostgres();

// The doors are the same before both: in `npm test` the database that a city has, where there is one.
const databases = binaries === null ? ['the embedded database'] : ['PostgreSQL'];
if (binaries !== null && isEveryCase) databases.push('the embedded database');

describe.each(databases)('on %s', (name) => {
  let cluster: PostgresCluster | null = null;
  let dataFolder: string;
  beforeAll(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'ventanilla-doors-'));
    if (name === 'PostgreSQL' && binaries !== null) cluster = await startPostgres(binaries);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  });

  test('of drawn attacks each is answered, none gets in, and nothing is told', async () => {
    const databaseUrl = (await cluster?.createDatabase()) ?? null;
    const report = await runHostile({ rounds: 120, seed: 20_261_129, dataFolder, databaseUrl });
    expect(report.findings).toEqual([]);
    expect(Object.keys(report.attacks).length).toBe(15);
  }, 240_000);
});

describe('a centre in a hurry', () => {
  let centre: Centre;
  let dataFolder: string;
  let desk: TestDesk;
  beforeAll(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'ventanilla-doors-'));
    centre = await createCentre({ dataFolder, patience: { headersMs: 400, smallBodyMs: 400, requestMs: 1_000 } });
    desk = await enrolTestDesk(centre, 'O00009999', '01', new Date());
  });
  afterAll(async () => {
    await centre.close();
    rmSync(dataFolder, { recursive: true, force: true });
  });

  async function announce(file: TestFile): Promise<string> {
    const journal = createTestJournal(
      desk.series.find(({ direction, year }) => direction === 'outgoing' && year === new Date().getFullYear()) ??
        desk.incoming,
      new Date(),
    );
    const record = journal.addRecord({ direction: 'outgoing' }, { pdf: file, eni: testFile() });
    const path = `/api/v1/series/${record.seriesId}/entries`;
    expect(await desk.post(path, { entries: journal.entries })).toMatchObject({ status: 200 });
    return record.documents[0]?.verificationCode ?? '';
  }

  /** Gives what came back when drops, one every while, never end. */
  function drip(start: string, drop: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(centre.port, '127.0.0.1');
      let text = '';
      socket.write(start);
      const dripping = setInterval(() => socket.write(drop), 50);
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        clearInterval(dripping);
        resolve(text);
      });
    });
  }

  test('ends requests that come drop by drop, with an answer, and goes on answering meanwhile', async () => {
    const { port } = centre;
    const signed = Object.entries(desk.signRequest('POST', '/api/v1/seal', randomBytes(10)));
    const endless: readonly (readonly [string, string])[] = [
      ['GET /health HTTP/1.1\r\nhost: x\r\n', 'x: y\r\n'],
      [
        'POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n',
        ' ',
      ],
      [
        'POST /verificar HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n',
        '1\r\na\r\n',
      ],
      [
        writeRequest('PUT', `/api/v1/blobs/${'0'.repeat(64)}?offset=0`, [
          ...signed,
          ['content-type', 'application/octet-stream'],
          ['content-length', '1000000'],
        ]).toString(),
        'x',
      ],
    ];
    const drips = endless.flatMap(([start, drop]) => Array.from({ length: 25 }, () => drip(start, drop)));
    const answered = await sendRaw(port, [writeRequest('GET', '/health', [])]);
    expect(answered.statuses).toEqual([200]);
    for (const text of await Promise.all(drips)) {
      expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/u);
      expect(text).toContain('{"code":"request.tooSlow"');
    }
  });

  test('does not read an upload without end, of a stranger or of a desk', async () => {
    const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536), Buffer.from('\r\n')]);
    const path = `/api/v1/blobs/${'0'.repeat(64)}?offset=0`;
    const signed = Object.entries(desk.signRequest('PUT', path, randomBytes(10)));
    for (const [address, headers, status] of [
      ['/api/v1/desks', [['content-type', 'application/json']], 413],
      [path, [['content-type', 'application/octet-stream']], 401],
      [path, [...signed, ['content-type', 'application/octet-stream']], 413],
    ] as const) {
      const method = address === path ? 'PUT' : 'POST';
      const head = writeRequest(method, address, [...headers, ['transfer-encoding', 'chunked']]);
      const { statuses } = await pourUntilAnswered(Buffer.from(head), piece);
      expect([address, statuses]).toEqual([address, [status]]);
    }
    const announced = [
      ...signed,
      ['content-type', 'application/octet-stream'],
      ['content-length', '9000000000'],
    ] as const;
    const large = await sendRaw(centre.port, [writeRequest('PUT', path, announced)]);
    // More than a desk may have on its way at once.
    expect(large.statuses).toEqual([429]);
  });

  /** Pours at most 64 MiB; what was answered before the line broke counts. */
  function pourUntilAnswered(head: Buffer, piece: Buffer): Promise<{ statuses: readonly number[] }> {
    return new Promise((resolve) => {
      const socket = connect(centre.port, '127.0.0.1');
      let text = '';
      let left = 1_024;
      const pour = () => {
        while (left > 0 && text === '' && !socket.destroyed) {
          left -= 1;
          if (!socket.write(piece)) return void socket.once('drain', pour);
        }
      };
      socket.write(head);
      pour();
      socket.on('data', (chunk) => {
        text += chunk.toString();
        socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        expect(left).toBeGreaterThan(0);
        resolve({ statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gmu)].map(([, status]) => Number(status)) });
      });
    });
  }

  test('a file that swells when it is opened costs neither the page nor the centre', async () => {
    // 600 MiB of zeros in 600 KiB, twice packed: what reads the page's content would drown in it.
    const swelling = deflateSync(Buffer.alloc(600 * 1024 * 1024));
    const head = '%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n';
    const body = Buffer.concat([
      Buffer.from(
        `${head}3 0 obj<</Type/XRef/Size 4/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length ${swelling.length}>>stream\n`,
      ),
      swelling,
      Buffer.from(`\nendstream endobj\nstartxref\n${head.length}\n%%EOF\n`),
    ]);
    const bomb = testFile(body);
    const code = await announce(bomb);
    expect(await desk.put(`/api/v1/blobs/${bomb.sha256}?offset=0`, bomb.content)).toMatchObject({
      body: { state: 'complete' },
    });
    const before = process.memoryUsage().rss;
    const { status, text } = await createVisitor(centre.url).verify(code);
    expect(status).toBe(200);
    expect(text).toMatch(/ninguna firma|no se puede|No se ha podido/u);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });

  test('what was begun and never ended leaves nothing behind', async () => {
    const partial = join(dataFolder, 'blobs', 'partial');
    const before = readdirSync(partial);
    const file = testFile(randomBytes(100_000));
    const path = `/api/v1/blobs/${file.sha256}?offset=0`;
    const headers = Object.entries(desk.signRequest('PUT', path, file.content));
    const length: readonly (readonly [string, string])[] = [
      ['content-type', 'application/octet-stream'],
      ['content-length', '100000'],
    ];
    const request = writeRequest('PUT', path, [...headers, ...length], file.content.subarray(0, 50_000));
    await sendRaw(centre.port, [request], 50);
    expect(readdirSync(partial)).toEqual(before);
    expect(statSync(dataFolder).isDirectory()).toBe(true);
  });
});
