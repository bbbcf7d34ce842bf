import type { ReferenceData } from '../../core/contract/schemas/reference.ts';
import type { RegisteredRecord } from '../../core/contract/schemas/record.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { recordDocumentFixture, recordFixture } from './record-fixture.ts';
import { referenceFixture } from './reference-fixture.ts';
import { testFile } from './test-journal.ts';
import type { TestJournal } from './test-journal.ts';

/* A record, its files and a directory whose every personal word can be looked for. */

const code = makeVerificationCode('VEN');
export const secrets = {
  givenName: 'Baldomera Encarnación',
  surname1: 'Zubizarreta-Núñez',
  surname2: 'Quintanilla',
  identifier: '48291736K',
  address: 'Callejón de las Ánimas 17, 4.º izquierda',
  email: 'baldomera.zubizarreta@correo.example',
  mobilePhone: '611948372',
  summary: 'Recurso contra la sanción por el vado de la cochera',
  statement: 'Que padece una enfermedad de los huesos desde 2019',
  petition: 'Que se le devuelvan los doscientos trece euros',
  note: 'La fotografía es de hace muchos años',
  title: 'Informe médico de traumatología',
  fileName: 'informe-de-traumatologia.pdf',
  officeName: 'Oficina de asistencia de Peñaescrita',
  bodyName: 'Ayuntamiento de Peñaescrita del Monte',
  officerName: 'Wenceslao Ibarrondo Tejedor',
  officerNif: '73918264S',
  reason: 'Anulado porque la interesada lo presentó dos veces',
  inPdf: 'Fractura conminuta del calcáneo derecho',
  inXml: '<NombreFormateado>Zubizarreta-Núñez informe</NombreFormateado>',
  code,
  plainCode: code.slice(4).replaceAll('-', ''),
} as const;

export const pdf = testFile(Buffer.from(`%PDF-1.7\n${`${secrets.inPdf}. `.repeat(8_000)}`));
export const eni = testFile(Buffer.from(`<?xml version="1.0"?>\n${secrets.inXml}`));
export const unfinished = testFile(Buffer.from(`${secrets.inPdf} `.repeat(9_000)));

/** Registers the record, and a completed version of its document. */
export function addSecretRecord(target: TestJournal): RegisteredRecord {
  const { givenName, surname1, surname2, identifier, address, email, mobilePhone } = secrets;
  const { presenter } = recordFixture(
    { seriesId: '', sequence: 1, recordNumber: '', recordedAt: '', officeCode: '', deskNumber: '' },
    {},
  );
  const person = {
    ...presenter,
    givenName,
    surname1,
    surname2,
    identifier,
    contact: { ...presenter.contact, address, email, mobilePhone },
  };
  const document = {
    ...recordDocumentFixture({ title: secrets.title, fileName: secrets.fileName, verificationCode: code }),
    sha256: pdf.sha256,
    byteLength: pdf.content.length,
    eniXmlSha256: eni.sha256,
  };
  const added = target.addRecord(
    {
      presenter: person,
      interestedParties: [person],
      documents: [document],
      identityCheck: { document: 'dni', method: 'photographCompared', note: secrets.note },
      summary: secrets.summary,
      statement: secrets.statement,
      petition: secrets.petition,
      officeName: secrets.officeName,
      bodyName: secrets.bodyName,
    },
    { pdf, eni },
  );
  const { sha256, content } = unfinished;
  target.addEvent(
    added,
    {
      type: 'versionAdded',
      at: added.recordedAt,
      documentId: document.documentId,
      extendsSha256: pdf.sha256,
      sha256,
      byteLength: content.length,
      signatureLevel: 'B-LTA',
    },
    [
      {
        sha256,
        byteLength: content.length,
        mediaType: 'application/pdf',
        documentId: document.documentId,
        part: 'document',
      },
    ],
  );
  return added;
}

export function secretReference(): ReferenceData {
  const reference = referenceFixture();
  const [givenName = '', surname1 = '', surname2 = ''] = secrets.officerName.split(' ');
  const officers = reference.officers.map((officer) => ({
    ...officer,
    nif: secrets.officerNif,
    givenName,
    surname1,
    surname2,
    post: secrets.officerName,
  }));
  return { ...reference, officers };
}
