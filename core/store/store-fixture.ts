import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttentionForm } from '../contract/schemas/attention.ts';
import type { Person } from '../contract/schemas/person.ts';
import type { RecordDocument, RegisteredRecord } from '../contract/schemas/record.ts';
import type { SeriesGrant } from '../contract/sync-protocol.ts';
import type {
  ArrivedPage,
  AuditEntry,
  RegisterInput,
  StoredAttention,
  StoredDocument,
  StoredPage,
} from '../services/ports/store.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import type { DailySecret, KeyWrapper } from './master-key.ts';
import { createDesk, openDesk } from './open-desk.ts';
import type { OpenDesk } from './open-desk.ts';

/* Desks, clocks and records of our own invention for the tests of the store and of what stands on it. */

/** A key store of the operating system in small: opens at once, where Argon2id takes its time on purpose. */
export function testKeyWrapper(storeKey: Uint8Array = randomBytes(32)): KeyWrapper {
  return {
    name: 'test key store',
    wrap: async (key) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', storeKey, nonce);
      return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    },
    unwrap: async (wrapped) => {
      const decipher = createDecipheriv('aes-256-gcm', storeKey, wrapped.subarray(0, 12)).setAuthTag(
        wrapped.subarray(-16),
      );
      return Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
    },
  };
}

export type SettableClock = ClockPort & { set: (instant: string) => void };

export function settableClock(instant: string): SettableClock {
  let now = Date.parse(instant);
  return {
    now: () => new Date(now),
    reading: () => ({ source: 'system', lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null }),
    set: (text) => {
      now = Date.parse(text);
    },
  };
}

export type DeskFixture = Readonly<{
  folder: string;
  clock: SettableClock;
  recoveryKey: string;
  secret: DailySecret;
  open: () => Promise<OpenDesk>;
  remove: () => void;
}>;

/** A desk on real files, closed. */
export async function createDeskFixture(parent: string = tmpdir()): Promise<DeskFixture> {
  const folder = mkdtempSync(join(parent, 'ventanilla-desk-'));
  const clock = settableClock('2026-11-20T09:42:07Z');
  const secret: DailySecret = { kind: 'keyWrapper', keyWrapper: testKeyWrapper() };
  const { recoveryKey } = await createDesk({ folder, secret, clock });
  return {
    folder,
    clock,
    recoveryKey,
    secret,
    open: () => openDesk({ folder, secret, clock }),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const auditEntry: AuditEntry = { action: 'test.done', officerId: 'F-1', subjectId: null, details: { count: 1 } };

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function seriesGrant(change: Partial<SeriesGrant> = {}): SeriesGrant {
  return {
    seriesId: 'O00009999-03-2026-e-A',
    officeCode: 'O00009999',
    deskNumber: '03',
    year: 2026,
    direction: 'incoming',
    epoch: 'A',
    template: '{office}{direction}{year2}{desk}{epoch}{sequence5}',
    grantedAt: '2026-01-02T09:00:00+01:00',
    deskId: '0b7a3a5e-6f2f-4f0e-9c4b-0d4a5d1f7a11',
    signature: 'c2lnbmF0dXJl',
    ...change,
  };
}

export function person(change: Partial<Person> = {}): Person {
  return {
    personType: 'natural',
    identifierType: 'nif',
    identifier: '00000000T',
    givenName: 'Begoña',
    surname1: 'Íñiguez',
    surname2: 'Pardo-Muñoz',
    businessName: '',
    contact: {
      country: '724',
      province: '50',
      municipality: '297',
      address: 'Calle del Olmo 3',
      postalCode: '50001',
      email: '',
      mobilePhone: '',
    },
    ...change,
  };
}

export function attentionForm(presenter: Person = person()): AttentionForm {
  return {
    presenter,
    identityCheck: { document: 'dni', method: 'photographCompared', note: '' },
    representation: { kind: 'none', reference: '' },
    interestedParties: [],
    electronicOnlyReason: 'none',
    procedureId: null,
    unitCode: 'L01502973',
    route: 'paper',
    summary: 'Solicitud de vado permanente',
    statement: '',
    petition: '',
    notificationChannel: 'paper',
    notifyByEmail: false,
    notifyBySms: false,
    language: 'es',
    annexesCommitment: true,
    lacksElectronicMeans: false,
  };
}

export function storedAttention(change: Partial<StoredAttention> = {}): StoredAttention {
  return {
    attentionId: randomUUID(),
    version: 1,
    officerId: 'F-1',
    openedAt: '2026-11-20T10:42:07+01:00',
    stage: 'person',
    form: attentionForm(),
    consent: null,
    delivery: { receiptHanded: false, consentCopyHanded: false, originalsReturned: false },
    recordId: null,
    closedAt: null,
    closedAs: null,
    ...change,
  };
}

export function storedDocument(attentionId: string, change: Partial<StoredDocument> = {}): StoredDocument {
  return {
    documentId: randomUUID(),
    attentionId,
    role: 'application',
    position: 0,
    title: 'Solicitud',
    documentType: 'TD14',
    origin: 'scanned',
    nature: 'original',
    language: 'es',
    fileName: 'solicitud.pdf',
    capturedAt: '2026-11-20T10:43:00+01:00',
    scanProfile: { id: 'feeder-300', version: 1, digest: sha256Hex('profile') },
    eniId: 'ES_L01502973_2026_000000000000000000000000000001',
    verificationCode: 'ZGZ-AAAA-BBBB-CCCC',
    prepared: null,
    signed: null,
    signedByCitizen: false,
    file: null,
    verification: null,
    announcedSheets: null,
    paperFate: 'returned',
    removedAt: null,
    ...change,
  };
}

export function storedPage(documentId: string, change: Partial<StoredPage> = {}): StoredPage {
  return {
    pageId: randomUUID(),
    documentId,
    position: 0,
    thumbnail: sha256Hex('thumbnail'),
    copyPreview: sha256Hex('copy preview'),
    capturePreview: sha256Hex('capture preview'),
    widthPixels: 2480,
    heightPixels: 3508,
    captureWidthPixels: 2550,
    captureHeightPixels: 3600,
    captureCorners: [{ x: 0.01, y: 0.02 }],
    colorMode: 'gray',
    dpi: 300,
    paperMm: { width: 210, height: 297 },
    skewDegrees: 0.4,
    quarterTurns: 0,
    isBlank: false,
    operations: [{ name: 'straighten', parameters: { degrees: 0.4 } }],
    flags: [],
    collation: 'pending',
    copyDigest: sha256Hex('copy'),
    copyFormat: 'jpeg',
    captureDigest: sha256Hex('capture'),
    rawSha256: sha256Hex('raw'),
    removedAt: null,
    ...change,
  };
}

/** A capture that has just come from the scanner. */
export function arrivedPage(attentionId: string, sequence: number): ArrivedPage {
  const samples = randomBytes(300_000);
  return {
    pageId: randomUUID(),
    order: {
      input: { attentionId, profileId: 'gris', target: { kind: 'newDocument', role: 'annex' } },
      profile: {
        id: 'gris',
        version: 1,
        title: 'Gris',
        source: 'feeder',
        dpi: 200,
        colorMode: 'gray',
        areaMm: { width: 210, height: 297 },
        image: {
          straighten: true,
          crop: true,
          turnUpright: true,
          background: 'whiten',
          dropBlankSides: true,
          jpegQuality: 75,
        },
        digest: '0'.repeat(64),
      },
      scanner: {
        device: { driver: 'sane', maker: 'M', model: 'N', serial: 'S-1', connection: null },
        qualificationId: null,
        standing: 'never',
      },
    },
    page: {
      sequence,
      widthPixels: 600,
      heightPixels: 500,
      dpi: 200,
      colorMode: 'gray',
      samples,
      sha256: createHash('sha256').update(samples).digest('hex'),
    },
  };
}

export function recordDocument(change: Partial<RecordDocument> = {}): RecordDocument {
  const documentId = randomUUID();
  return {
    documentId,
    role: 'application',
    title: 'Solicitud',
    fileName: 'solicitud.pdf',
    mediaType: 'application/pdf',
    pageCount: 1,
    byteLength: 40_000,
    sha256: sha256Hex(documentId),
    verificationCode: 'ZGZ-AAAA-BBBB-CCCC',
    eniId: 'ES_L01502973_2026_000000000000000000000000000001',
    documentType: 'TD14',
    elaborationState: 'EE03',
    origin: 'citizen',
    nature: 'original',
    capturedAt: '2026-11-20T10:43:00+01:00',
    language: 'es',
    keptUntil: null,
    resolutionDpi: 300,
    colorMode: 'gray',
    scanProfile: { id: 'feeder-300', version: 1, digest: sha256Hex('profile') },
    signatureLevel: 'B-B',
    file: null,
    verification: null,
    eniXmlSha256: sha256Hex(`${documentId} eni`),
    ...change,
  };
}

/** What `register` is given for an attention; `change` is laid over the record that it builds. */
export function registerInput(
  attentionId: string,
  seriesId: string,
  change: Partial<RegisteredRecord> = {},
): RegisterInput {
  const recordId = change.recordId ?? randomUUID();
  const documents = change.documents ?? [recordDocument()];
  return {
    attentionId,
    seriesId,
    build: (granted) => ({
      ...registeredRecord(recordId, seriesId),
      ...granted,
      presentedAt: granted.recordedAt,
      documents,
      ...change,
    }),
    blobs: documents.flatMap((document) => [
      {
        sha256: document.sha256,
        byteLength: document.byteLength,
        mediaType: 'application/pdf',
        documentId: document.documentId,
        part: 'document' as const,
      },
      {
        sha256: document.eniXmlSha256,
        byteLength: 2_000,
        mediaType: 'application/xml',
        documentId: document.documentId,
        part: 'eni' as const,
      },
    ]),
    audit: { action: 'record.registered', officerId: 'F-1', details: {} },
  };
}

function registeredRecord(recordId: string, seriesId: string) {
  const presenter = person();
  return {
    recordId,
    seriesId,
    direction: 'incoming' as const,
    effectiveAt: '2026-11-20T10:42:07+01:00',
    officeCode: 'O00009999',
    officeName: 'Oficina de asistencia de Valdealba',
    bodyCode: 'L01502973',
    bodyName: 'Ayuntamiento de Valdealba',
    deskNumber: '03',
    officer: {
      officerId: 'F-1',
      fullName: 'Nerea Soto Vela',
      post: 'Auxiliar',
      staffNumber: 'N-100',
      certificateSerial: '01ab',
    },
    presenter,
    identityCheck: { document: 'dni' as const, method: 'photographCompared' as const, note: '' },
    representation: { kind: 'none' as const, reference: '' },
    interestedParties: [presenter],
    electronicOnlyReason: 'none' as const,
    procedureId: null,
    procedureTitle: 'Instancia general',
    siaCode: null,
    unitCode: 'L01502973',
    unitName: 'Servicio de Vía Pública',
    route: 'paper' as const,
    consentId: null,
    summary: 'Solicitud de vado permanente',
    statement: '',
    petition: '',
    notificationChannel: 'paper' as const,
    notifyByEmail: false,
    notifyBySms: false,
    language: 'es' as const,
    accompanyingPaper: 'none' as const,
    receiptVerificationCode: 'ZGZ-DDDD-EEEE-FFFF',
    receiptEniId: 'ES_L01502973_2026_000000000000000000000000000002',
    exchangeId: 'O00009999_26_00000042',
  };
}
