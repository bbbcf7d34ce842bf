import { createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SignatureLevel } from '../../core/contract/schemas/common.ts';
import { downloadBytes, fetchBytes } from '../../core/devices/http-fetch.ts';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import { buildCopyPdf } from '../../core/documents/copy.ts';
import type { RawSigner } from '../../core/documents/signing/cms.ts';
import { signPdf } from '../../core/documents/signing/pades.ts';
import { sampleEni } from '../../core/documents/testing/sample-documents.ts';
import { sampleJpegPage } from '../../core/documents/testing/sample-images.ts';
import { createEventBus } from '../../core/services/event-bus.ts';
import { createEvidenceCompletion } from '../../core/services/evidence.ts';
import type { EvidenceContext } from '../../core/services/evidence.ts';
import { usualLineRules } from '../../core/services/line-rules.ts';
import { createTimestampSource } from '../../core/services/timestamping.ts';
import type { StoredRecord } from '../../core/services/ports/store.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  seriesGrant,
  storedAttention,
} from '../../core/store/store-fixture.ts';
import type { Authority } from '../../demo/authorities/authority-server.ts';
import { createOcspResponder } from '../../demo/authorities/ocsp-responder.ts';
import { createTimestampAuthority } from '../../demo/authorities/timestamp-authority.ts';
import { ensurePki } from '../../demo/pki/ensure-pki.ts';
import type { IssuedCertificate, Pki } from '../../demo/pki/ensure-pki.ts';
import { ensurePorts } from '../../demo/ports.ts';
import { createReferenceData } from '../../demo/reference-data.ts';

export type RegisteredDocument = Readonly<{ recordId: string; documentId: string; pdf: Buffer; level: SignatureLevel }>;

/**
 * A desk's store with signed documents in it, and the real authorities of the test PKI: OpenSSL's time stamps and OCSP
 * over HTTP. What completes the evidence is the services' own; only the clock can be moved.
 */
export type EvidenceRig = Readonly<{
  folder: string;
  pki: Pki;
  ocsp: Authority;
  /** In the order of the desk's settings. */
  timestamps: readonly [Authority, Authority];
  context: EvidenceContext;
  /** The copy that is signed, PDF/A. */
  unsigned: Uint8Array;
  /** Sets the desk's clock off the machine's. */
  moveClock(milliseconds: number): void;
  signerOf(holder: IssuedCertificate): RawSigner;
  /** Signs a one-page copy and registers it; B-T when an authority answers. */
  register(holder?: IssuedCertificate, options?: Readonly<{ isStamped?: boolean }>): Promise<RegisteredDocument>;
  complete(signal?: AbortSignal): Promise<number>;
  /** As a desk that was started again: nothing is remembered. */
  restart(): void;
  read(document: RegisteredDocument): StoredRecord;
  levels(document: RegisteredDocument): readonly SignatureLevel[];
  problems(document: RegisteredDocument): readonly string[];
  newest(document: RegisteredDocument): Promise<Buffer>;
  close(): Promise<void>;
}>;

/** Keys take seconds: made once, copied for each test, which may then revoke what it likes. */
export type TestAuthorities = Readonly<{ folder: string; strangers: Pki; remove: () => Promise<void> }>;

export async function makeAuthorities(): Promise<TestAuthorities> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-authorities-'));
  const { ocsp } = await ensurePorts(path.join(folder, 'ports.json'), portNames);
  const ocspUrl = `http://127.0.0.1:${ocsp}/ocsp`;
  await ensurePki({ folder: path.join(folder, 'pki'), ocspUrl });
  const strangers = await ensurePki({ folder: path.join(folder, 'strangers'), ocspUrl });
  return { folder, strangers, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

const portNames = ['ocsp', 'first', 'second'] as const;

export async function openEvidenceRig(authorities: TestAuthorities): Promise<EvidenceRig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-evidence-'));
  await cp(authorities.folder, folder, { recursive: true });
  const ports = await ensurePorts(path.join(folder, 'ports.json'), portNames);
  const pki = await ensurePki({ folder: path.join(folder, 'pki'), ocspUrl: `http://127.0.0.1:${ports.ocsp}/ocsp` });
  const ocsp = createOcspResponder({ pki });
  const timestamps = [
    createTimestampAuthority({ pki, port: ports.first }),
    createTimestampAuthority({ pki, port: ports.second }),
  ] as const;
  await Promise.all([ocsp, ...timestamps].map((authority) => authority.start()));
  const desk = await createDeskFixture(folder);
  desk.clock.set(new Date().toISOString());
  const opened = await desk.open();
  const { store, blobs } = opened;
  const anchors = await Promise.all([pki.root, pki.issuing].map(({ certificate }) => readFile(certificate, 'utf8')));
  store.putReference({
    version: 1,
    issuedAt: new Date().toISOString(),
    data: createReferenceData(anchors, generateKeyPairSync('ed25519').privateKey),
    signature: 'c2lnbmF0dXJl',
  });
  const grant = seriesGrant({ year: new Date().getFullYear() });
  store.putSeries(grant);
  let offset = 0;
  const context: EvidenceContext = {
    configuration: {
      isDemonstration: true,
      officeCode: 'O00009999',
      deskNumber: '03',
      extraEmployeePolicies: [],
      profileAdministrators: [],
      timestampUrls: timestamps.map((authority) => authority.url()),
      verificationCodePrefix: 'VEN',
      keepSentDays: null,
      backup: null,
      line: usualLineRules,
      verificationCodeRegulation: '',
    },
    clock: { ...desk.clock, now: () => new Date(Date.now() + offset) },
    fetchBytes,
    downloadBytes,
    desk: () => opened,
    events: createEventBus((error) => {
      throw error;
    }),
    log: {
      info: () => undefined,
      error: (_event, error) => {
        throw error;
      },
    },
    statusChanged: () => undefined,
  };
  let completion = createEvidenceCompletion(context);
  const unsigned = buildCopyPdf(
    {
      pages: [await sampleJpegPage('gray', 100)],
      title: 'Certificado',
      author: 'Ayuntamiento',
      language: 'es',
      createdAt: '2026-11-20T10:42:07+01:00',
      eni: sampleEni('TD14', 'citizen'),
    },
    loadDocumentAssets(),
  );

  function signerOf({ der, key }: IssuedCertificate): RawSigner {
    return {
      certificate: der,
      chain: [pki.issuing.der, pki.root.der],
      algorithm: 'rsa-sha256',
      sign: async (data) => sign('sha256', data, createPrivateKey(await readFile(key))),
    };
  }

  function read({ recordId }: RegisteredDocument): StoredRecord {
    const record = store.findRecord(recordId);
    if (record === null) throw new Error('no such record');
    return record;
  }

  return {
    folder,
    pki,
    ocsp,
    timestamps,
    context,
    unsigned,
    moveClock(milliseconds) {
      offset = milliseconds;
    },
    signerOf,
    async register(holder = pki.officer, { isStamped = false } = {}) {
      const signed = await signPdf(unsigned, {
        signer: signerOf(holder),
        signingTime: context.clock.now(),
        ...(isStamped ? { timestamp: createTimestampSource(context) } : {}),
      });
      const sha256 = await blobs.put(signed.pdf, 'application/pdf');
      const document = recordDocument({ sha256, byteLength: signed.pdf.length, signatureLevel: signed.level });
      const attention = storedAttention({ attentionId: randomUUID() });
      store.createAttention(attention, auditEntry);
      desk.clock.set(new Date().toISOString());
      const record = store.register(registerInput(attention.attentionId, grant.seriesId, { documents: [document] }));
      return { recordId: record.recordId, documentId: document.documentId, pdf: signed.pdf, level: signed.level };
    },
    complete: (signal = new AbortController().signal) => completion(signal),
    restart() {
      completion = createEvidenceCompletion(context);
    },
    read,
    levels: (document) => read(document).versions.flatMap(({ level }) => level ?? []),
    problems: (document) =>
      read(document).events.flatMap((event) => (event.type === 'evidenceProblem' ? [event.problem] : [])),
    async newest(document) {
      return Buffer.from(await blobs.get(read(document).versions.at(-1)?.sha256 ?? ''));
    },
    async close() {
      await Promise.all([ocsp, ...timestamps].map((authority) => authority.stop()));
      await store.close();
      // An authority that was cut off may still be writing its answer.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
