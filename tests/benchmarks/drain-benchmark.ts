import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { speakWithProcess, startCentreProcess } from '../../central/testing/centre-process.ts';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import { referenceFixture } from '../../central/testing/reference-fixture.ts';
import { officialYear } from '../../core/domain/official-time.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { findNumberingSeries } from '../../core/services/numbering-series.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  storedAttention,
} from '../../core/store/store-fixture.ts';
import { enrolDesk } from '../../core/sync/enrol-desk.ts';
import { startSync } from '../../core/sync/sync-engine.ts';
import { printFigure } from './measuring.ts';

/*
 * What a desk has gathered without a line goes to a centre on PostgreSQL: records with three pages each. The limit is the same
 * files over the same loopback to a server that does nothing but write and fsync each, in the same run. Desk, centre, database
 * and limit share this machine.
 */
const { values } = parseArgs({
  options: { records: { type: 'string', default: '2000' }, page: { type: 'string', default: '60000' } },
});
const recordCount = Number(values.records);
const documentBytes = 3 * Number(values.page);
/** As the fixture's references say. */
const eniBytes = 2_000;

const binaries = findPostgres();
if (binaries === null) {
  process.stdout.write('PostgreSQL no está instalado: no se mide.\n');
  process.exit();
}
const folder = mkdtempSync(join(tmpdir(), 'ventanilla-drain-'));
const cluster = await startPostgres(binaries);
const reference = join(folder, 'reference.json');
writeFileSync(reference, JSON.stringify(referenceFixture()));
const running = startCentreProcess(
  join(folder, 'centre'),
  '--database-url',
  await cluster.createDatabase(),
  '--reference',
  reference,
);
try {
  const centre = await speakWithProcess(running);
  const fixture = await createDeskFixture(folder);
  fixture.clock.set(new Date().toISOString());
  const desk = await fixture.open();
  const place = { officeCode: 'O00009999', deskNumber: '03', now: new Date() };
  const enrolmentCode = await centre.issueEnrolmentCode(place.officeCode, place.deskNumber);
  await enrolDesk({ store: desk.store, centreUrl: centre.url, enrolmentCode, ...place });
  for (let left = recordCount; left > 0; left -= 1) await registerOne(desk);
  // Half before and half after, so that both meet the same machine.
  const before = await measureLimit(recordCount / 2);
  const seconds = await drain(desk, centre.url);
  const after = await measureLimit(recordCount / 2);
  await desk.store.close();
  const bytes = recordCount * (documentBytes + eniBytes);
  const limit = bytes / 1e6 / (before + after);
  printFigure({
    name: `vaciar ${recordCount} asientos de tres páginas`,
    value: bytes / 1e6 / seconds,
    unit: 'MB/s',
    note: `${seconds.toFixed(1)} s, ${(recordCount / seconds).toFixed(0)} asientos/s; carga ${loadavg()[0]?.toFixed(1) ?? ''}`,
  });
  printFigure({
    name: 'los mismos archivos por la misma vía, escritos y con fsync',
    value: limit,
    unit: 'MB/s',
    note: `${(bytes / 1e6 / seconds / limit).toFixed(2)} del límite`,
  });
} finally {
  await running.end('SIGTERM');
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function registerOne({ store, blobs }: OpenDesk): Promise<void> {
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  const document = recordDocument({
    byteLength: documentBytes,
    pageCount: 3,
    sha256: await blobs.put(randomBytes(documentBytes), 'application/pdf'),
    eniXmlSha256: await blobs.put(randomBytes(eniBytes), 'application/xml'),
    verificationCode: makeVerificationCode('VEN'),
    eniId: `ES_L01502973_2026_${randomBytes(15).toString('hex')}`,
  });
  const series = findNumberingSeries(store, officialYear(new Date()));
  store.register(
    registerInput(attention.attentionId, series?.seriesId ?? '', {
      documents: [document],
      receiptVerificationCode: makeVerificationCode('VEN'),
      receiptEniId: `ES_L01502973_2026_${randomBytes(15).toString('hex')}`,
    }),
  );
}

/** Seconds. */
async function drain(desk: OpenDesk, centreUrl: string): Promise<number> {
  const clock = {
    now: () => new Date(),
    reading: () => ({ source: 'system' as const, lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null }),
  };
  const start = performance.now();
  const sync = startSync({
    ...desk,
    centreUrl,
    clock,
    log: { info: () => undefined, error: () => undefined },
    onLineChanged: () => undefined,
    onOnline: () => undefined,
  });
  const isPending = () => {
    const { records, blobs } = desk.store.countPending();
    return records + blobs > 0;
  };
  for (let round = 0; isPending(); round += 1) {
    if (round === 20) throw new Error('the drain does not end');
    await sync.runNow();
  }
  const seconds = (performance.now() - start) / 1_000;
  await sync.close();
  return seconds;
}

/** Seconds for so many documents with their descriptions, one request after another. */
async function measureLimit(documents: number): Promise<number> {
  const server = fork(new URL('./fsync-server.ts', import.meta.url), [folder], { stdio: 'inherit' });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const bodies = [randomBytes(documentBytes), randomBytes(eniBytes)];
    const start = performance.now();
    for (let left = documents; left > 0; left -= 1) {
      for (const body of bodies) {
        const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'PUT', body });
        await response.arrayBuffer();
      }
    }
    return (performance.now() - start) / 1_000;
  } finally {
    server.kill();
  }
}
