import type { AttentionForm } from '../../../core/contract/schemas/attention.ts';
import type { CardCandidate, DeskStatus } from '../../../core/contract/schemas/desk.ts';
import type { RecordSummary, RecordView } from '../../../core/contract/schemas/record.ts';

export const zeroDigest = '0'.repeat(64);

export const officerCard: CardCandidate = {
  readerId: 'reader-0',
  readerName: 'Virtual PCD 00 00',
  certificateId: '01',
  holderName: 'ANA GARCÍA LÓPEZ',
  holderIdentifier: '***0000**',
  kind: 'employee',
  issuerName: 'AC de empleados de Villanueva del Ebro',
  notAfter: '2028-11-12T00:00:00+01:00',
  refusal: null,
  pinState: { level: 'ok', triesLeft: 3, minLength: 4, maxLength: 8 },
  hasPinPad: false,
  asksPinEachTime: false,
};

export const otherCard: CardCandidate = {
  ...officerCard,
  certificateId: '02',
  holderName: 'ANA GARCÍA LÓPEZ (autenticación)',
  refusal: 'notForSigning',
};

export const startStatus: DeskStatus = {
  phase: 'closed',
  backup: { lastAt: null, folder: null, everyHours: null, isOverdue: false, problem: null },
  recovery: null,
  isDemonstration: true,
  officeCode: 'O00009999',
  officeName: 'Oficina de Asistencia en Materia de Registros - Centro',
  bodyName: 'Ayuntamiento de Villanueva del Ebro',
  deskNumber: '03',
  session: { state: 'signedOut', officer: null },
  card: {
    state: 'present',
    readers: [
      {
        readerId: 'reader-0',
        readerName: 'Virtual PCD 00 00',
        state: 'present',
        tokenLabel: 'Tarjeta de empleado',
        tokenSerial: '0001',
      },
      { readerId: 'reader-1', readerName: 'Virtual PCD 00 01', state: 'empty', tokenLabel: null, tokenSerial: null },
    ],
    pinState: officerCard.pinState,
    pinPad: null,
  },
  scanner: {
    state: 'ready',
    deviceName: 'Escáner de demostración',
    sources: [
      { source: 'feederDuplex', preview: false },
      { source: 'flatbed', preview: true },
    ],
    problem: null,
    qualification: { standing: 'never', at: null },
  },
  seal: { state: 'locked' },
  line: {
    state: 'offline',
    lastSyncAt: '2026-11-22T09:58:00+01:00',
    pendingRecords: 2,
    pendingBlobs: 5,
    pendingEvidence: 6,
    pendingBytes: 31_400_000,
    isMetered: false,
    heldBlobs: 0,
    heldBytes: 0,
    upload: null,
    problem: 'sync.offline',
    isCentreDurable: false,
  },
  clock: {
    officialNow: '2026-11-22T10:42:07+01:00',
    source: 'ntp',
    uncertaintyMs: 40,
    lastSynchronizedAt: '2026-11-22T10:31:00+01:00',
    offsetMs: -12,
    jumpedFrom: null,
  },
  disk: 'ok',
  textRecognition: { isOn: true, problem: null },
  openAttentionId: null,
  numbering: 'ordinary',
  reference: {
    current: { version: 41, issuedAt: '2026-11-12T08:01:00+01:00' },
    refused: { version: 42, reason: 'signature' },
  },
};

export const officer: NonNullable<DeskStatus['session']['officer']> = {
  officerId: 'ana',
  fullName: 'ANA GARCÍA LÓPEZ',
  post: 'Jefa de la Oficina de Asistencia en Materia de Registros',
  unitName: 'Servicio de Atención Ciudadana y Registro',
  mayActForCitizens: true,
  mayIssueCopies: true,
  mayUnlockSeal: true,
  isSupervisor: true,
};

export const emptyForm: AttentionForm = {
  presenter: {
    personType: 'natural',
    identifierType: 'nif',
    identifier: '',
    givenName: '',
    surname1: '',
    surname2: '',
    businessName: '',
    contact: {
      country: '724',
      province: '',
      municipality: '',
      address: '',
      postalCode: '',
      email: '',
      mobilePhone: '',
    },
  },
  identityCheck: { document: 'none', method: 'none', note: '' },
  representation: { kind: 'none', reference: '' },
  interestedParties: [],
  electronicOnlyReason: 'none',
  procedureId: null,
  unitCode: 'L01999990',
  route: 'paper',
  summary: '',
  statement: '',
  petition: '',
  notificationChannel: 'paper',
  notifyByEmail: false,
  notifyBySms: false,
  language: 'es',
  annexesCommitment: false,
  lacksElectronicMeans: false,
};

export const procedures = [
  {
    procedureId: 'licencia-obra-menor',
    title: 'Licencia de obra menor',
    siaCode: '2999901',
    unitCode: 'L01999990',
    unitName: 'Urbanismo',
    isElectronicOnly: false,
    requiredDocuments: [{ title: 'Plano o croquis', documentType: 'TD99' }],
    deadline: 'tres meses',
  },
  {
    procedureId: 'ayuda-comedor',
    title: 'Ayuda de comedor escolar',
    siaCode: '2999902',
    unitCode: 'L01999990',
    unitName: 'Educación',
    isElectronicOnly: false,
    requiredDocuments: [],
    deadline: null,
  },
];

export const units = [
  { unitCode: 'L01999990', name: 'Ayuntamiento de Villanueva del Ebro', parentName: null },
  { unitCode: 'LA0009991', name: 'Urbanismo', parentName: 'Ayuntamiento de Villanueva del Ebro' },
  { unitCode: 'LA0009992', name: 'Educación', parentName: 'Ayuntamiento de Villanueva del Ebro' },
];

export function makeSummary(index: number): RecordSummary {
  const names = ['MARÍA TORRES GIL', 'JOSÉ MARTÍNEZ SOLER', 'LUCÍA BLASCO PEÑA', 'COMUNIDAD DE REGANTES DEL EBRO'];
  const at = `2026-11-22T${String(8 + Math.floor(index / 4)).padStart(2, '0')}:${String((index * 13) % 60).padStart(2, '0')}:12+01:00`;
  return {
    recordId: `00000000-0000-4000-8000-0000000000${String(10 + index)}`,
    recordNumber: `O00009999e2603A${String(36 + index).padStart(5, '0')}`,
    direction: 'incoming',
    recordedAt: at,
    presentedAt: at,
    presenterName: names[index % names.length] ?? '',
    presenterIdentifier: '***4567**',
    procedureTitle: index % 2 === 0 ? 'Instancia general' : 'Licencia de obra menor',
    unitName: 'Urbanismo',
    summary:
      index % 2 === 0
        ? 'Solicita la devolución de la tasa de basuras de 2025 por pago duplicado'
        : 'Reforma de cuarto de baño en calle Mayor 12',
    documentCount: (index % 3) + 1,
    state: 'receipted',
    syncState: index < 2 ? 'complete' : index === 2 ? 'recordAcknowledged' : 'pending',
    evidenceState: index < 2 ? 'complete' : 'pending',
    foundIn: index === 3 ? 'papers' : 'record',
  };
}

export function makeRecord(
  summary: RecordSummary,
  form: AttentionForm,
  digests: Readonly<{ document: string; receipt: string }>,
  brought: Readonly<{
    documents: RecordView['record']['documents'];
    verifications: RecordView['verifications'];
  }> | null = null,
): RecordView {
  const documentId = '00000000-0000-4000-8000-000000000900';
  const at = summary.recordedAt;
  return {
    record: {
      recordId: summary.recordId,
      recordNumber: summary.recordNumber,
      seriesId: 'O00009999e2603A',
      sequence: 42,
      direction: 'incoming',
      presentedAt: at,
      recordedAt: at,
      effectiveAt: at,
      clock: { source: 'ntp', lastSynchronizedAt: at, uncertaintyMs: 40, offsetMs: -12 },
      officeCode: 'O00009999',
      officeName: startStatus.officeName,
      bodyCode: 'L01999990',
      bodyName: startStatus.bodyName,
      deskNumber: '03',
      officer: {
        officerId: 'ana',
        fullName: officer.fullName,
        post: officer.post,
        staffNumber: '9900000001 A1135',
        certificateSerial: '01',
      },
      presenter: {
        ...form.presenter,
        identifier: form.presenter.identifier || '12345678Z',
        givenName: form.presenter.givenName || 'JOSÉ',
        surname1: form.presenter.surname1 || 'MARTÍNEZ',
        surname2: 'SOLER',
      },
      identityCheck: { document: 'dni', method: 'photographCompared', note: '' },
      representation: form.representation,
      interestedParties: [{ ...form.presenter, givenName: 'JOSÉ', surname1: 'MARTÍNEZ', surname2: 'SOLER' }],
      electronicOnlyReason: 'none',
      procedureId: null,
      procedureTitle: summary.procedureTitle,
      siaCode: null,
      unitCode: 'L01999990',
      unitName: summary.unitName,
      route: form.route,
      consentId: null,
      summary: summary.summary,
      statement: '',
      petition: '',
      notificationChannel: 'paper',
      notifyByEmail: false,
      notifyBySms: false,
      language: 'es',
      accompanyingPaper: 'none',
      documents: [
        {
          documentId,
          role: 'application',
          title: 'Solicitud',
          fileName: 'application.pdf',
          mediaType: 'application/pdf',
          pageCount: 2,
          byteLength: 180_000,
          sha256: digests.document,
          verificationCode: 'VEBR-7Q4M-2HX9-K3TD',
          eniId: 'ES_L01999990_2026_000000000000000000000000000001',
          documentType: 'TD14',
          elaborationState: 'EE03',
          origin: 'citizen',
          nature: 'original',
          capturedAt: at,
          language: 'es',
          keptUntil: null,
          resolutionDpi: 300,
          colorMode: 'color',
          scanProfile: { id: 'texto-color', version: 3, digest: zeroDigest },
          signatureLevel: 'B-T',
          file: null,
          verification: null,
          eniXmlSha256: zeroDigest,
        },
        ...(brought === null ? [] : brought.documents),
      ],
      receiptVerificationCode: 'VEBR-9D2K-5WQ7-M4RA',
      receiptEniId: 'ES_L01999990_2026_000000000000000000000000000002',
      exchangeId: 'O00009999_26_00000042',
    },
    state: 'receipted',
    syncState: summary.syncState,
    versions: {
      [documentId]: [
        { sha256: digests.document, byteLength: 180_000, signatureLevel: 'B-B', at },
        { sha256: digests.document.replace(/^./u, 'f'), byteLength: 212_000, signatureLevel: 'B-LT', at },
      ].slice(0, 1) as RecordView['versions'][string],
      ...Object.fromEntries(
        (brought?.documents ?? []).map(({ documentId: id, sha256, byteLength }) => [
          id,
          [{ sha256, byteLength, signatureLevel: null, at }],
        ]),
      ),
      receipt: [{ sha256: digests.receipt, byteLength: 90_000, signatureLevel: 'B-T', at }],
    },
    ordinaryNumber: null,
    verifications: brought?.verifications ?? {},
    evidence: { [documentId]: summary.evidenceState, receipt: 'complete' },
    history: [
      { at, action: 'record.registered', officerName: officer.fullName, details: {} },
      { at, action: 'record.receipted', officerName: officer.fullName, details: {} },
      { at, action: 'record.delivered', officerName: officer.fullName, details: {} },
    ],
  };
}
