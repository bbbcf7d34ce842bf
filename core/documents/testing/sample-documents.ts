/** Inputs of the documents, of a town and people of our own invention, shared by the tests. */
import { createHash } from 'node:crypto';
import type { ApplicationInput } from '../application.ts';
import type { AttestationInput } from '../attestation.ts';
import type { ConsentInput } from '../consent.ts';
import type { DataProtectionNotice } from '../data-protection.ts';
import type { EniMetadata } from '../eni-metadata.ts';
import type { OfficialDocumentInput } from '../official-document.ts';
import type { ActingOfficer } from '../people.ts';
import type { ReceiptInput } from '../receipt.ts';

const createdAt = '2026-11-20T10:15:03+01:00';

export function sampleEni(
  documentType: EniMetadata['documentType'],
  origin: EniMetadata['origin'] = 'administration',
): EniMetadata {
  return {
    identifier: 'ES_L01509998_2026_VEN07Q2K9MX4RT8HB3NWCV5JDZPAEF',
    organs: ['L01509998'],
    capturedAt: createdAt,
    origin,
    elaborationState: 'EE01',
    documentType,
  };
}

export function sampleOfficial(
  documentType: EniMetadata['documentType'],
  origin?: EniMetadata['origin'],
): OfficialDocumentInput {
  return {
    office: {
      bodyName: 'Ayuntamiento de Villar del Ebro',
      bodyCode: 'L01509998',
      officeName: 'Oficina de Asistencia en Materia de Registros. Plaza Mayor',
      officeCode: 'O00009999',
    },
    verification: {
      code: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y',
      address: 'https://sede.villardelebro.example/verificar',
    },
    createdAt,
    eni: sampleEni(documentType, origin),
  };
}

export const sampleOfficer: ActingOfficer = {
  name: 'Begoña Ibáñez Muñoz',
  position: 'Administrativa de la Oficina de Asistencia en Materia de Registros',
  professionalNumber: '0099887766A2050',
  certificateSerial: '3F:A9:11:70:5C:22:E8:04',
  certificateIssuer: 'AC Sector Público de pruebas',
};

export const sampleDataProtection: DataProtectionNotice = {
  controller: 'Ayuntamiento de Villar del Ebro',
  purpose: 'registrar lo presentado y tramitar el procedimiento al que se refiere',
  recipients: 'la unidad que tramita y, cuando proceda, las Administraciones competentes',
  rightsAddress: 'el Registro General, Plaza Mayor 1, 50999 Villar del Ebro',
  officerContact: 'dpd@villardelebro.example',
  moreInformation: 'https://sede.villardelebro.example/privacidad',
};

const repeated = (text: string, times: number): string => Array.from({ length: times }, () => text).join(' ');

export const sampleApplication: ApplicationInput = {
  ...sampleOfficial('TD14', 'citizen'),
  procedureName: 'Ayudas para la rehabilitación de viviendas',
  siaCode: '2998877',
  interestedParties: [
    {
      name: 'María de los Ángeles Çelik Núñez',
      identifierType: 'NIF',
      identifier: '00000000T',
      postalAddress: 'Calle de la Acequia 12, 3.º izda. 50999 Villar del Ebro (Zaragoza)',
      email: 'maria.celik@correo.example',
      telephone: '600 000 000',
    },
  ],
  representative: {
    name: 'Ștefan Łukasiewicz',
    identifierType: 'NIE',
    identifier: 'X0000000T',
    accreditation: 'Apoderamiento apud acta n.º 2026/17, inscrito el 03/02/2026',
  },
  notification: {
    channel: 'electronic',
    place: 'https://sede.villardelebro.example y Dirección Electrónica Habilitada única (DEHú)',
    noticeEmail: 'maria.celik@correo.example',
  },
  destinationName: 'Servicio de Urbanismo y Vivienda',
  destinationCode: 'LA0009998',
  statement: `Que es propietaria de la vivienda de la calle de la Acequia 12, 3.º izda., construida en 1962 y sin ascensor.\n${repeated('El edificio presenta humedades en la cubierta y en la fachada norte, según el informe técnico que se acompaña.', 3)}`,
  petition:
    'Que se le conceda la ayuda de la convocatoria de 2026 para la rehabilitación de viviendas, por importe de 12.480,50 €.',
  attachments: [
    { title: 'Nota simple del Registro de la Propiedad', nature: 'Original en papel', pageCount: 3 },
    { title: 'Informe técnico del edificio', nature: 'Fotocopia', pageCount: 14 },
  ],
  consultationOpposition: 'datos tributarios de la AEAT, porque los aporta con esta solicitud.',
  place: 'Villar del Ebro',
  signing: {
    route: 'officer',
    officer: sampleOfficer,
    consentReference: 'CON-O00009999-26-000317',
    localRule: 'artículo 43 de la Ordenanza de Administración Electrónica',
  },
  dataProtection: sampleDataProtection,
};

const digest = (seed: string): string => createHash('sha256').update(seed).digest('hex');

export const sampleConsent: ConsentInput = {
  ...sampleOfficial('TD05', 'citizen'),
  consentId: '0b9f4e7c-2d1a-4c55-9e0e-7f3f6f1d2a10',
  citizen: { name: 'María de los Ángeles Çelik Núñez', identifierType: 'NIF', identifier: '00000000T' },
  shownDocument: 'DNI 00000000T, válido hasta el 03/08/2031',
  identityCheck: 'Se ha comparado la fotografía con la persona y se ha leído la zona de lectura mecánica',
  officer: sampleOfficer,
  procedureName: 'Ayudas para la rehabilitación de viviendas',
  siaCode: '2998877',
  act: 'Presentar la solicitud de ayuda de 2026 con sus dos anexos',
  documents: [
    {
      title: 'Solicitud: Ayudas para la rehabilitación de viviendas',
      pageCount: 2,
      sha256: digest('a'),
      verificationCode: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y',
    },
    { title: 'Nota simple del Registro de la Propiedad', pageCount: 3, sha256: digest('b') },
    { title: 'Informe técnico del edificio', pageCount: 14, sha256: digest('c') },
  ],
  place: 'Villar del Ebro',
  localRule: 'artículo 43 de la Ordenanza de Administración Electrónica',
  sheet: 'citizen',
  dataProtection: sampleDataProtection,
};

const annexTitles = [
  'Nota simple del Registro de la Propiedad',
  'Informe técnico del edificio',
  'Presupuesto de la empresa Reformas Hermanos Peñalba, S. L., con desglose por partidas',
];

export function sampleReceipt(applicationPdf: Uint8Array, annexCount = 3): ReceiptInput {
  return {
    ...sampleOfficial('TD09'),
    recordNumber: 'O00009999e2603A00042',
    direction: 'incoming',
    heading: 'Solicitud de ayudas para la rehabilitación de viviendas',
    presentedAt: '2026-11-21T10:12:40+01:00',
    recordedAt: '2026-11-21T10:15:03+01:00',
    effectiveAt: '2026-11-23T00:00:00+01:00',
    interestedParties: [{ name: 'María de los Ángeles Çelik Núñez', identifierType: 'NIF', identifier: '00000000T' }],
    representative: {
      name: 'Ștefan Łukasiewicz',
      identifierType: 'NIE',
      identifier: 'X0000000T',
      accreditation: 'Apoderamiento apud acta n.º 2026/17',
    },
    presenter: { name: 'Ștefan Łukasiewicz', identifierType: 'NIE', identifier: 'X0000000T' },
    destinationName: 'Servicio de Urbanismo y Vivienda',
    destinationCode: 'LA0009998',
    procedureName: 'Ayudas para la rehabilitación de viviendas',
    siaCode: '2998877',
    summary: 'Solicita la ayuda de 2026 para rehabilitar la vivienda de la calle de la Acequia 12.',
    signer: {
      route: 'officer',
      officer: sampleOfficer,
      citizen: { name: 'María de los Ángeles Çelik Núñez', identifierType: 'NIF', identifier: '00000000T' },
      consentReference: '0b9f4e7c-2d1a-4c55-9e0e-7f3f6f1d2a10',
      localRule: 'artículo 43 de la Ordenanza de Administración Electrónica',
    },
    application: {
      title: 'Solicitud: Ayudas para la rehabilitación de viviendas',
      fileName: 'solicitud.pdf',
      mediaType: 'application/pdf',
      pageCount: 2,
      elaborationState: 'EE01',
      sha256: createHash('sha256').update(applicationPdf).digest('hex'),
      verificationCode: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y',
    },
    applicationFile: applicationPdf,
    attachments: Array.from({ length: annexCount }, (_, index) => ({
      title: annexTitles[index % annexTitles.length] ?? '',
      fileName: `anexo-${index + 1}.pdf`,
      mediaType: 'application/pdf',
      pageCount: index + 2,
      elaborationState: index % 3 === 1 ? 'EE99' : 'EE03',
      sha256: digest(`annex ${index}`),
      verificationCode: 'VEN-B3NW-CV5J-DZPA-7Q2K-9MX4-RT8H-EF6Y',
    })),
    accompanyingPaper: 'none',
    originals: {
      returned: ['nota simple del Registro de la Propiedad', 'presupuesto'],
      kept: [
        {
          title: 'plano en papel vegetal',
          reason:
            'No se ha podido devolver; puede recogerlo durante seis meses (artículo 53.1 del Real Decreto 203/2021).',
        },
      ],
    },
    deadlines: [
      'Plazo máximo para resolver y notificar: seis meses. Si no recibe respuesta, podrá entender desestimada la solicitud.',
      'El plazo de la Administración empieza en la fecha en que el documento entra en el registro del órgano competente.',
    ],
    isElectronicOnly: false,
    warnings: [],
    seal: { kind: 'awaitingCentre', officer: sampleOfficer },
  };
}

export const sampleAttestation: AttestationInput = {
  ...sampleOfficial('TD12'),
  officer: sampleOfficer,
  localRule: 'artículo 54 de la Ordenanza de Administración Electrónica',
  documents: (['original', 'photocopy'] as const).map((nature, index) => ({
    title: annexTitles[index] ?? '',
    nature,
    elaborationState: nature === 'original' ? 'EE03' : 'EE99',
    eniIdentifier: sampleEni('TD99').identifier,
    verificationCode: 'VEN-B3NW-CV5J-DZPA-7Q2K-9MX4-RT8H-EF6Y',
    announcedSheets: 1,
    imageCount: 2,
    capturedAt: createdAt,
    scanners: ['Ricoh fi-8170 (sane)'],
    profile: { id: 'texto-byn-300', version: '4', sha256: digest('profile') },
    nominalDpi: 300,
    ...(index === 0 ? { measuredDpi: 299.6 } : {}),
    colorMode: 'Blanco y negro, 1 bit',
    operations: [
      'Página 1: enderezar 0,42°; recortar bordes; umbral adaptativo 0,34',
      'Página 2: enderezar −0,10°; recortar bordes; umbral adaptativo 0,34',
    ],
    comparison: 'Coincidencia 0,9987; ninguna zona dudosa',
    reviewedPages: '1 y 2',
    deviations: index === 0 ? [] : ['Reverso de la página 2 en blanco'],
    captureSha256: [digest('capture 1'), digest('capture 2')],
    copySha256: digest('copy'),
    paper: 'Se devuelve a quien lo presenta',
  })),
};
