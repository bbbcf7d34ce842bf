/** Inputs of the documents, of a town and people of our own invention, shared by the tests. */
import type { ApplicationInput } from '../application.ts';
import type { DataProtectionNotice } from '../data-protection.ts';
import type { EniMetadata } from '../eni-metadata.ts';
import type { OfficialDocumentInput } from '../official-document.ts';
import type { ActingOfficer } from '../people.ts';

const createdAt = '2026-11-20T10:15:03+01:00';

export function sampleEni(documentType: EniMetadata['documentType'], origin: EniMetadata['origin'] = 'administration'): EniMetadata {
  return {
    identifier: 'ES_L01509998_2026_VEN07Q2K9MX4RT8HB3NWCV5JDZPAEF',
    organs: ['L01509998'],
    capturedAt: createdAt,
    origin,
    elaborationState: 'EE01',
    documentType,
  };
}

export function sampleOfficial(documentType: EniMetadata['documentType'], origin?: EniMetadata['origin']): OfficialDocumentInput {
  return {
    office: {
      bodyName: 'Ayuntamiento de Villar del Ebro',
      bodyCode: 'L01509998',
      officeName: 'Oficina de Asistencia en Materia de Registros. Plaza Mayor',
      officeCode: 'O00009999',
    },
    verification: { code: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y', address: 'https://sede.villardelebro.example/verificar' },
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
  petition: 'Que se le conceda la ayuda de la convocatoria de 2026 para la rehabilitación de viviendas, por importe de 12.480,50 €.',
  attachments: [
    { title: 'Nota simple del Registro de la Propiedad', nature: 'Original en papel', pageCount: 3 },
    { title: 'Informe técnico del edificio', nature: 'Fotocopia', pageCount: 14 },
  ],
  consultationOpposition: 'datos tributarios de la AEAT, porque los aporta con esta solicitud.',
  place: 'Villar del Ebro',
  signing: {
    route: 'authorizedOfficer',
    officer: sampleOfficer,
    consentReference: 'CON-O00009999-26-000317',
    localRule: 'artículo 43 de la Ordenanza de Administración Electrónica',
  },
  dataProtection: sampleDataProtection,
};
