/** Records of our own invention for the tests of the exchange message. */
import type { Person } from '../../contract/schemas/person.ts';
import type { SicresAttachment, SicresRecord } from '../sicres-record.ts';

export const samplePerson: Person = {
  personType: 'natural',
  identifierType: 'nif',
  identifier: '00000000T',
  givenName: 'María de los Ángeles',
  surname1: 'Çelik & Núñez',
  surname2: '<de> la "O\'Higgins"',
  businessName: '',
  contact: {
    country: '724',
    province: '50',
    municipality: '297',
    address: 'Calle de la Acequia 12',
    postalCode: '50999',
    email: 'maria.celik@correo.example',
    mobilePhone: '600000000',
  },
};

export const sampleCompany: Person = {
  ...samplePerson,
  personType: 'legal',
  identifierType: 'cif',
  identifier: 'A00000000',
  givenName: '',
  surname1: '',
  surname2: '',
  businessName: 'Reformas Hermanos Peñalba, S. L.',
};

export function sampleAttachment(changes: Partial<SicresAttachment> = {}): SicresAttachment {
  return {
    fileName: 'solicitud.pdf',
    kind: 'document',
    mediaType: 'application/pdf',
    byteLength: 48_819,
    sha256: '9f6eee054e5c7d26a821c846056752175133bc3e87862dc43e1a49abfbce9127',
    summary: 'Solicitud de ayuda',
    verificationCode: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y',
    signatureType: 'TF06',
    formatName: 'PDF',
    resolution: '200 ppp',
    language: 'es',
    eniIdentifier: 'ES_L01509998_2026_VEN07Q2K9MX4RT8HB3NWCV5JDZPAEF',
    capturedAt: '2026-11-22T10:15:03+01:00',
    origin: 'citizen',
    elaborationState: 'EE01',
    documentType: 'TD14',
    ...changes,
  };
}

export const sampleRecord: SicresRecord = {
  originOffice: { code: 'O00009999', name: 'Oficina de Asistencia en Materia de Registros. Plaza Mayor' },
  destinationOffice: { code: 'O00009999', name: 'Oficina de Asistencia en Materia de Registros. Plaza Mayor' },
  destinationUnit: { code: 'LA0009998', name: 'Servicio de Urbanismo y Vivienda' },
  parties: [
    {
      interested: {
        person: samplePerson,
        receivesNotifications: true,
        notificationChannel: 'paper',
        wantsEmailNotice: true,
        wantsSmsNotice: false,
      },
      representative: { person: sampleCompany, notificationChannel: 'electronic', isElectronicOnly: true },
    },
  ],
  mode: 'inPerson',
  direction: 'incoming',
  recordNumber: 'O00009999e2603A00042',
  summary: 'Solicita la ayuda de 2026 para rehabilitar la vivienda',
  recordedAt: '2026-11-22T10:15:03+01:00',
  recordedTimestamp: new Uint8Array([48, 3, 2, 1, 0]),
  presentedAt: '2026-11-22T10:12:40+01:00',
  siaCode: '2998877',
  generalMetadata: [{ name: 'P/NP', value: 'P' }],
  attachments: [
    sampleAttachment(),
    sampleAttachment({ fileName: 'justificante.pdf', kind: 'receipt', documentType: 'TD09', origin: 'administration' }),
  ],
  exchangeId: 'O00009999_26_00000042',
  transportType: '05',
  userName: 'Begoña Ibáñez Muñoz',
  userContact: 'registro@villardelebro.example',
  applicationVersion: 'Ventanilla 0.1.0',
  annotation: 'sending',
  accompanyingPaper: 'none',
  isTest: true,
  startOffice: { code: 'O00009999' },
  statement: 'Que el edificio tiene humedades.\nSegún el informe técnico.',
  petition: 'Que se le conceda la ayuda.',
};
