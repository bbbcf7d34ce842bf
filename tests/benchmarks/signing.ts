import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { createCardClient } from '../../core/devices/card/card-client.ts';
import { startNodeBridge } from '../../core/devices/node-bridge-channel.ts';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import type { DocumentAssets } from '../../core/documents/assets.ts';
import { buildCopyPdf } from '../../core/documents/copy.ts';
import type { RawSigner, TimestampSource } from '../../core/documents/signing/cms.ts';
import { prepareSignature, signPdf, signPieces } from '../../core/documents/signing/pades.ts';
import { requestTimestamp } from '../../core/documents/signing/timestamp.ts';
import { sampleEni } from '../../core/documents/testing/sample-documents.ts';
import { fetchBytes } from '../../core/devices/http-fetch.ts';
import { signBatch } from '../../core/services/batch-signing.ts';
import type { BlobStore } from '../../core/services/ports/store.ts';
import { createDeskFixture } from '../../core/store/store-fixture.ts';
import { createTimestampAuthority } from '../../demo/authorities/timestamp-authority.ts';
import { openSoftHsm } from '../../demo/card/softhsm.ts';
import type { SoftHsm } from '../../demo/card/softhsm.ts';
import { ensurePki } from '../../demo/pki/ensure-pki.ts';
import type { Pki } from '../../demo/pki/ensure-pki.ts';

/*
 * What a signature costs beyond the token's own operation, and a batch under one PIN. The token is SoftHSM2 with RSA of
 * 2048 bits; its raw rate is that of the C loop in token-rate.c, in a process of its own in this same run. Ours goes the
 * whole way: PDF, digest, bridge process, C_Sign, check of the answer, CMS, new file.
 */
const pin = 'medida-2048';
const batchCount = 100;
const folder = mkdtempSync(join(tmpdir(), 'ventanilla-bench-signing-'));
const assets = loadDocumentAssets();

try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function measure(): Promise<void> {
  const pki = await ensurePki({ folder: join(folder, 'pki'), ocspUrl: 'http://127.0.0.1:9/ocsp' });
  const softHsm = await openSoftHsm(join(folder, 'tokens'));
  await softHsm.addToken({
    label: 'Medida',
    pin,
    privateKey: createPrivateKey(readFileSync(pki.officer.key)),
    certificate: pki.officer.der,
  });
  const raw = measureToken(softHsm, 400);
  console.log(`carga de la máquina ${loadavg()[0]?.toFixed(1) ?? ''}; testigo SoftHSM2, RSA-2048`);
  tell('testigo desde C, una firma', raw.medianMs, 'ms', `${raw.perSecond.toFixed(0)} firmas/s en bucle`);
  const bridge = await openBridge(softHsm, pki);
  try {
    const bridged = await medianOf(200, () => bridge.signer.sign(randomBytes(320)));
    tell('la misma firma a través del puente de tarjetas', bridged, 'ms', `${(bridged / raw.medianMs).toFixed(2)} × C`);
    const medium = await makeCopy(1_400_000, assets);
    const large = await makeCopy(20_000_000, assets);
    await measureSingle('PDF de 1,4 MB', medium, bridge.signer, raw.medianMs, 40);
    await measureSingle('PDF de 20 MB', large, bridge.signer, raw.medianMs, 15);
    measurePdfsig(pki, [
      ['PDF de 1,4 MB', medium],
      ['PDF de 20 MB', large],
    ]);
    await measureBatch(pki, bridge.signer, softHsm);
  } finally {
    await bridge.close();
  }
}

type Token = Readonly<{ medianMs: number; perSecond: number }>;

function measureToken({ module }: SoftHsm, count: number): Token {
  const program = join(folder, 'token-rate');
  execFileSync('gcc', ['-O2', '-std=gnu11', '-o', program, join(import.meta.dirname, 'token-rate.c'), '-ldl']);
  const said = execFileSync(program, [module.path, String(count)], {
    input: `${pin}\n`,
    env: { ...process.env, ...module.environment },
    encoding: 'utf8',
  });
  const [microseconds = Number.NaN, perSecond = Number.NaN] = said.trim().split(' ').map(Number);
  return { medianMs: microseconds / 1000, perSecond };
}

async function openBridge(softHsm: SoftHsm, pki: Pki) {
  const entry = join(import.meta.dirname, '../../native/card-bridge/main.ts');
  const card = createCardClient({ spawnBridge: () => startNodeBridge({ entry }), modules: [softHsm.module] });
  const [reader] = await card.listReaders();
  const certificate = reader?.token?.certificates[0];
  if (reader === undefined || certificate === undefined) throw new Error('no token');
  const login = await card.login({ readerId: reader.readerId, pin: Buffer.from(pin) });
  if (login.outcome !== 'ok') throw new Error(login.outcome);
  const { sessionId } = login;
  const signer: RawSigner = {
    certificate: certificate.der,
    chain: [pki.issuing.der, pki.root.der],
    algorithm: 'rsa-sha256',
    sign: (data) => card.sign({ sessionId, certificateId: certificate.certificateId, algorithm: 'rsa-sha256', data }),
  };
  return { signer, close: () => card.close() };
}

async function measureSingle(
  name: string,
  pdf: Uint8Array,
  signer: RawSigner,
  rawMs: number,
  rounds: number,
): Promise<void> {
  const request = { signer, signingTime: new Date() };
  const works = {
    hashing: () => createHash('sha256').update(pdf).digest(),
    pieces: () => signPieces(pdf, request),
    joined: () => signPdf(pdf, request),
  } as const;
  const times = { hashing: [] as number[], pieces: [] as number[], joined: [] as number[] };
  // Turn and turn about, as in the batch: the ratio of one round is taken under one load.
  for (let round = -5; round < rounds; round += 1) {
    for (const name of ['hashing', 'pieces', 'joined'] as const) {
      const before = performance.now();
      await works[name]();
      if (round >= 0) times[name].push(performance.now() - before);
    }
  }
  const [hashing, whole, joined] = [median(times.hashing), median(times.pieces), median(times.joined)];
  const ratio = median(times.pieces.map((time, round) => time / (times.hashing[round] ?? Number.NaN)));
  const processor = await medianOf(rounds, works.pieces, processorMs);
  const overhead = whole - rawMs;
  tell(`${name}, firmar (B-B)`, whole, 'ms', `${(pdf.length / 1e6).toFixed(1)} MB`);
  tell(
    `${name}, además de la operación del testigo`,
    overhead,
    'ms',
    `${(overhead - hashing).toFixed(1)} ms sin el resumen`,
  );
  tell(`${name}, firmar y juntarlo en memoria`, joined, 'ms', 'los servicios no lo hacen: guardan las dos piezas');
  tell(`${name}, procesador de los servicios`, processor, 'ms', 'este proceso con todos sus hilos, sin el puente');
  tell(`${name}, solo calcular el resumen`, hashing, 'ms', `firmar = ${ratio.toFixed(2)} × resumen en la misma vuelta`);
}

/** Poppler's signer with an NSS database of the same key: a process each time, as whoever calls it must. */
function measurePdfsig(pki: Pki, documents: readonly (readonly [string, Uint8Array])[]): void {
  const database = `sql:${folder}/nss`;
  const bundle = join(folder, 'officer.p12');
  execFileSync('mkdir', ['-p', join(folder, 'nss')]);
  execFileSync('certutil', ['-N', '-d', database, '--empty-password']);
  execFileSync('certutil', ['-A', '-d', database, '-n', 'root', '-t', 'CT,C,C', '-i', pki.root.certificate]);
  execFileSync('certutil', ['-A', '-d', database, '-n', 'issuing', '-t', ',,', '-i', pki.issuing.certificate]);
  const credential = ['-inkey', pki.officer.key, '-in', pki.officer.certificate, '-name', 'officer'];
  execFileSync('openssl', ['pkcs12', '-export', '-passout', 'pass:', '-out', bundle, ...credential]);
  execFileSync('pk12util', ['-i', bundle, '-d', database, '-W', ''], { stdio: 'ignore' });
  for (const [name, pdf] of documents) {
    const file = join(folder, 'peer.pdf');
    writeFileSync(file, pdf);
    const times: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const before = performance.now();
      const { status, stderr } = spawnSync(
        'pdfsig',
        [file, join(folder, 'peer-signed.pdf'), '-nssdir', database, '-add-signature', '-nick', 'officer'],
        { encoding: 'utf8' },
      );
      if (status !== 0) {
        console.log(`${name}, pdfsig -add-signature: no ha podido (${stderr.split('\n')[0] ?? ''})`);
        return;
      }
      times.push(performance.now() - before);
    }
    tell(`${name}, pdfsig -add-signature`, median(times), 'ms', 'un proceso cada vez');
  }
}

async function measureBatch(pki: Pki, signer: RawSigner, softHsm: SoftHsm): Promise<void> {
  const copies: Uint8Array[] = [];
  for (let index = 0; index < batchCount; index += 1) copies.push(await makeCopy(120_000, assets));
  const desk = await createDeskFixture(folder);
  const { store, blobs } = await desk.open();
  const digests = await Promise.all(copies.map((copy) => blobs.put(copy, 'application/pdf')));
  const noStamp: TimestampSource = () => Promise.reject(new Error('no line'));
  const rates = { one: [] as number[], batch: [] as number[], stored: [] as number[], raw: [] as number[] };
  // Turn and turn about, so that the machine's other work falls on all alike.
  for (let round = 0; round < 9; round += 1) {
    rates.raw.push(measureToken(softHsm, batchCount).perSecond);
    rates.one.push(await perSecond(() => signOneByOne(copies, signer)));
    rates.batch.push(await perSecond(() => runBatch(copies, { signer, timestamp: noStamp })));
    rates.stored.push(await perSecond(() => runStoredBatch(digests, blobs, signer, noStamp)));
  }
  const tellRate = (name: string, values: readonly number[]): void => {
    const shares = values.map((rate, round) => rate / (rates.raw[round] ?? Number.NaN));
    const best = Math.max(...values);
    tell(
      `tanda de ${batchCount} copias: ${name}`,
      median(values),
      'firmas/s',
      `${(median(shares) * 100).toFixed(0)} % del testigo en la misma vuelta; la mejor vuelta, ${best.toFixed(0)}`,
    );
  };
  tellRate('testigo desde C, en bucle', rates.raw);
  tellRate('una tras otra con signPdf', rates.one);
  tellRate('signBatch, sin guardar', rates.batch);
  tellRate('signBatch, leída y guardada cifrada', rates.stored);
  await measureStamped(pki, copies.slice(0, 30), signer);
  await store.close();
}

async function signOneByOne(copies: readonly Uint8Array[], signer: RawSigner): Promise<void> {
  for (const copy of copies) await signPdf(copy, { signer, signingTime: new Date() });
}

type BatchParts = Readonly<{
  signer: RawSigner;
  timestamp: TimestampSource;
}>;

async function runBatch(copies: readonly Uint8Array[], parts: BatchParts): Promise<void> {
  await signBatch({
    ...parts,
    items: copies,
    prepare: async (copy) => ({
      prepared: prepareSignature(copy, { signingTime: new Date() }),
      keep: () => Promise.resolve(),
    }),
    cardQueue: 2,
    signal: new AbortController().signal,
    onKept: () => undefined,
  });
}

async function runStoredBatch(
  digests: readonly string[],
  blobs: BlobStore,
  signer: RawSigner,
  timestamp: TimestampSource,
): Promise<void> {
  await signBatch({
    items: digests,
    prepare: async (digest) => ({
      prepared: prepareSignature(await blobs.get(digest), { signingTime: new Date() }),
      keep: async ({ document: { original, tail }, sha256 }) =>
        void (await blobs.put({ pieces: [original, tail], sha256 }, 'application/pdf')),
    }),
    signer,
    timestamp,
    cardQueue: 2,
    signal: new AbortController().signal,
    onKept: () => undefined,
  });
}

/** With an authority that takes its time, as one over a line does. */
async function measureStamped(pki: Pki, copies: readonly Uint8Array[], signer: RawSigner): Promise<void> {
  const authority = createTimestampAuthority({ pki, port: 0 });
  await authority.start();
  const lineMs = 60;
  const timestamp: TimestampSource = async (imprint) => {
    await new Promise((resolve) => setTimeout(resolve, lineMs));
    return requestTimestamp({ ...imprint, url: authority.url(), fetchBytes });
  };
  const alone = await perSecond(async () => {
    for (const copy of copies) await signPdf(copy, { signer, timestamp, signingTime: new Date() });
  }, copies.length);
  const together = await perSecond(() => runBatch(copies, { signer, timestamp }), copies.length);
  await authority.stop();
  tell('con sello de tiempo (openssl ts, línea de 60 ms): una tras otra', alone, 'firmas/s', '');
  tell('con sello de tiempo: signBatch', together, 'firmas/s', `${(together / alone).toFixed(1)} veces`);
}

async function perSecond(work: () => Promise<void>, count = batchCount): Promise<number> {
  const before = performance.now();
  await work();
  return (count / (performance.now() - before)) * 1000;
}

async function medianOf(rounds: number, work: () => unknown, clock = () => performance.now()): Promise<number> {
  const times: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const before = clock();
    await work();
    if (round >= 0) times.push(clock() - before);
  }
  return median(times);
}

/** Of this process, all threads: other programs of a busy machine do not count, the bridge's process does not either. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A copy of about so many bytes: pages of noise, which no compression makes smaller. */
async function makeCopy(bytes: number, documentAssets: DocumentAssets): Promise<Uint8Array> {
  const pages = [];
  for (let length = 0; length < bytes; length += pages.at(-1)?.data.length ?? bytes) {
    const side = Math.min(1_000, Math.ceil(Math.sqrt((bytes - length) * 1.1)));
    const noise = sharp(randomBytes(side * side), { raw: { width: side, height: side, channels: 1 } });
    const data = await noise.toColourspace('b-w').jpeg({ quality: 80 }).toBuffer();
    pages.push({ format: 'jpeg', colorMode: 'gray', widthPixels: side, heightPixels: side, dpi: 150, data } as const);
  }
  const eni = sampleEni('TD14', 'citizen');
  const createdAt = '2026-11-20T10:42:07+01:00';
  return buildCopyPdf(
    { pages, title: 'Copia', author: 'Ayuntamiento', language: 'es', createdAt, eni },
    documentAssets,
  );
}

function tell(name: string, value: number, unit: string, note: string): void {
  console.log(
    `${name}: ${value >= 100 ? value.toFixed(0) : value.toFixed(2)} ${unit}${note === '' ? '' : ` (${note})`}`,
  );
}
