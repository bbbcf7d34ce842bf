import { createHash, randomUUID, verify, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCentre } from '../../central/centre.ts';
import { createEmbeddedCentre } from '../../central/testing/embedded-centre.ts';
import type { Centre } from '../../central/centre.ts';
import { createTestJournal, testFile } from '../../central/testing/test-journal.ts';
import { enrolTestDesk } from '../../central/testing/test-desk.ts';
import type { Answer, TestDesk } from '../../central/testing/test-desk.ts';
import type { RecordEvent, RegisteredRecord } from '../../core/contract/schemas/record.ts';
import { sealCertificateSchema, sealResponseSchema } from '../../core/contract/sync-protocol.ts';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import { encodeSignedAttributes } from '../../core/documents/signing/cms.ts';
import { ensurePki } from '../../demo/pki/ensure-pki.ts';
import type { Pki } from '../../demo/pki/ensure-pki.ts';

/* The centre's organ seal is lent for one purpose: what else desks or strangers ask it to sign. */

let folder = '';
let pki: Pki;
let centre: Centre;
let desk: TestDesk;
let now = new Date();
const receipt = testFile();
let waiting: RegisteredRecord;
let sealed: RegisteredRecord;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ventanilla-seal-'));
  pki = await ensurePki({ folder: join(folder, 'pki'), ocspUrl: 'http://127.0.0.1:9/ocsp', keyKind: 'ec-p256' });
  centre = await openCentre('centre');
  desk = await enrolTestDesk(centre, 'O00009999', '03', now);
  const journal = createTestJournal(desk.incoming, now);
  waiting = journal.addRecord();
  journal.addEvent(waiting, receiptedBy('officer'));
  sealed = journal.addRecord();
  journal.addEvent(sealed, receiptedBy('organSeal'));
  const accepted = await desk.post(`/api/v1/series/${desk.incoming.seriesId}/entries`, { entries: journal.entries });
  if (accepted.status !== 200) throw new Error('the entries were not accepted');
});
afterAll(async () => {
  await centre.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

async function openCentre(name: string, hasSeal = true): Promise<Centre> {
  const key = await readFile(pki.centreSeal.key, 'utf8');
  const chain = (await readFile(pki.centreSeal.certificate, 'utf8')) + (await readFile(pki.chain, 'utf8'));
  return createEmbeddedCentre({
    dataFolder: join(folder, name),
    now: () => now,
    ...(hasSeal ? { seal: { key, chain } } : {}),
  });
}

function receiptedBy(sealedBy: 'officer' | 'organSeal'): RecordEvent {
  const { sha256, content } = receipt;
  return {
    type: 'receipted',
    at: '2026-11-20T10:42:07+01:00',
    sha256,
    byteLength: content.length,
    pageCount: 1,
    eniXmlSha256: sha256,
    sicresXmlSha256: sha256,
    sealedBy,
    signatureLevel: 'B-B',
  };
}

const digest = createHash('sha256').update('a receipt with its empty signature').digest();
const attributesFor = (der: Uint8Array, content: Uint8Array = digest): Buffer =>
  encodeSignedAttributes(content, readCertificate(der), 'sha256');

function askFor(
  change: Partial<
    Readonly<{ recordId: string; receiptSha256: string; signedAttributes: Uint8Array; from: TestDesk }>
  > = {},
): Promise<Answer> {
  const signedAttributes = Buffer.from(change.signedAttributes ?? attributesFor(pki.centreSeal.der));
  return (change.from ?? desk).post('/api/v1/seal', {
    recordId: change.recordId ?? waiting.recordId,
    receiptSha256: change.receiptSha256 ?? receipt.sha256,
    signedAttributes: signedAttributes.toString('base64'),
  });
}

test('a receipt that waits is sealed with the key of the certificate that the centre shows', async () => {
  const shown = await desk.get('/api/v1/seal');
  const { certificate, chain } = sealCertificateSchema.parse(shown.body);
  expect(Buffer.from(certificate, 'base64').equals(pki.centreSeal.der)).toBe(true);
  expect(chain.map((der) => new X509Certificate(Buffer.from(der, 'base64')).subject)).toHaveLength(2);
  const answer = await askFor();
  expect(answer.status).toBe(200);
  const { signature } = sealResponseSchema.parse(answer.body);
  const { publicKey } = new X509Certificate(pki.centreSeal.der);
  const isSealed = verify('sha256', attributesFor(pki.centreSeal.der), publicKey, Buffer.from(signature, 'base64'));
  expect(isSealed).toBe(true);
  // After a lost answer the desk asks again.
  expect((await askFor()).status).toBe(200);
});

test.each([
  ['a record that the centre does not know', () => askFor({ recordId: randomUUID() })],
  ['another receipt', () => askFor({ receiptSha256: testFile().sha256 })],
  ['a receipt that its organ has sealed', () => askFor({ recordId: sealed.recordId })],
  ['a receipt of another office', async () => askFor({ from: await enrolTestDesk(centre, 'O00008888', '01', now) })],
] as const)('the seal is refused for %s', async (_what, ask) => {
  expect(await ask()).toMatchObject({ status: 403, body: { code: 'seal.notDue' } });
});

test.each([
  ['bytes of another meaning', () => Buffer.from('Transfiérase la plaza mayor')],
  ['attributes of another certificate', () => attributesFor(pki.officer.der)],
  ['a digest of another length', () => attributesFor(pki.centreSeal.der, digest.subarray(1))],
  ['attributes with something behind them', () => Buffer.concat([attributesFor(pki.centreSeal.der), Buffer.of(0)])],
  ['an empty set', () => Buffer.of(0x31, 0)],
] as const)('the seal does not sign %s', async (_what, attributes) => {
  expect(await askFor({ signedAttributes: attributes() })).toMatchObject({
    status: 400,
    body: { code: 'seal.attributes' },
  });
});

test('nobody but an enrolled desk gets near it', async () => {
  expect((await fetch(`${centre.url}/api/v1/seal`)).status).toBe(401);
  expect((await fetch(`${centre.url}/api/v1/seal`, { method: 'POST', body: '{}' })).status).toBe(401);
});

test('a seal out of date, or none, is told as absent', async () => {
  const present = now;
  now = new Date(present.getTime() + 4 * 365 * 86_400_000);
  const change = { time: now };
  expect(await desk.get('/api/v1/seal', change)).toMatchObject({ status: 404, body: { code: 'seal.absent' } });
  now = present;
  const other = await openCentre('without', false);
  try {
    const stranger = await enrolTestDesk(other, 'O00009999', '03', now);
    expect(await stranger.get('/api/v1/seal')).toMatchObject({ status: 404, body: { code: 'seal.absent' } });
  } finally {
    await other.close();
  }
});

test('a centre does not start with a key that is not the seal’s, or a certificate of a person', async () => {
  const pem = (file: string): Promise<string> => readFile(file, 'utf8');
  const start = (key: string, chain: string) =>
    createCentre({ dataFolder: join(folder, 'wrong'), seal: { key, chain } });
  await expect(start(await pem(pki.officer.key), await pem(pki.centreSeal.certificate))).rejects.toThrow(/key/u);
  await expect(start(await pem(pki.officer.key), await pem(pki.officer.certificate))).rejects.toThrow(/seal/u);
});
