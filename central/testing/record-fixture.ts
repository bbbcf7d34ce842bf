import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { RecordDocument, RegisteredRecord } from '../../core/contract/schemas/record.ts';
import type { Person } from '../../core/contract/schemas/person.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';

/* Records of our own invention, as a desk registers them. */

export type Granted = Pick<
  RegisteredRecord,
  'seriesId' | 'sequence' | 'recordNumber' | 'recordedAt' | 'officeCode' | 'deskNumber'
>;

const presenter: Person = {
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
};

export function makeTestEniId(): string {
  return `ES_L01502973_2026_${randomBytes(15).toString('hex')}`;
}

export function recordDocumentFixture(change: Partial<RecordDocument>): RecordDocument {
  const sha256 = createHash('sha256').update(randomBytes(16)).digest('hex');
  return {
    documentId: randomUUID(),
    role: 'application',
    title: 'Solicitud',
    fileName: 'solicitud.pdf',
    mediaType: 'application/pdf',
    pageCount: 1,
    byteLength: 1_000,
    sha256,
    verificationCode: makeVerificationCode('VEN'),
    eniId: makeTestEniId(),
    documentType: 'TD14',
    elaborationState: 'EE03',
    origin: 'citizen',
    nature: 'original',
    capturedAt: '2026-11-20T10:43:00+01:00',
    language: 'es',
    keptUntil: null,
    resolutionDpi: 300,
    colorMode: 'gray',
    scanProfile: { id: 'feeder-300', version: 1, digest: sha256 },
    signatureLevel: 'B-B',
    file: null,
    verification: null,
    eniXmlSha256: sha256,
    ...change,
  };
}

export function recordFixture(granted: Granted, change: Partial<RegisteredRecord>): RegisteredRecord {
  return {
    ...granted,
    recordId: randomUUID(),
    direction: 'incoming',
    presentedAt: granted.recordedAt,
    effectiveAt: granted.recordedAt,
    clock: { source: 'system', lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null },
    officeName: 'Oficina de asistencia de Valdealba',
    bodyCode: 'L01502973',
    bodyName: 'Ayuntamiento de Valdealba',
    officer: {
      officerId: 'F-1',
      fullName: 'Nerea Soto Vela',
      post: 'Auxiliar',
      staffNumber: 'N-100',
      certificateSerial: '01ab',
    },
    presenter,
    identityCheck: { document: 'dni', method: 'photographCompared', note: '' },
    representation: { kind: 'none', reference: '' },
    interestedParties: [presenter],
    electronicOnlyReason: 'none',
    procedureId: null,
    procedureTitle: 'Instancia general',
    siaCode: null,
    unitCode: 'L01502973',
    unitName: 'Servicio de Vía Pública',
    route: 'paper',
    consentId: null,
    summary: 'Solicitud de vado permanente',
    statement: '',
    petition: '',
    notificationChannel: 'paper',
    notifyByEmail: false,
    notifyBySms: false,
    language: 'es',
    accompanyingPaper: 'none',
    documents: [],
    receiptVerificationCode: makeVerificationCode('VEN'),
    receiptEniId: makeTestEniId(),
    exchangeId: 'O00009999_26_00000042',
    ...change,
  };
}
