import type { PaperNature } from '../contract/schemas/attention.ts';
import type { IdentifierType, Person } from '../contract/schemas/person.ts';
import type { Office } from '../contract/schemas/reference.ts';
import { fullNameOf } from '../domain/attention-rules.ts';
import type { ApplicationParty } from '../documents/application.ts';
import type { DocumentMediaType, DocumentVerification } from '../contract/schemas/verification.ts';
import type { DataProtectionNotice } from '../documents/data-protection.ts';
import type { EniMetadata } from '../documents/eni-metadata.ts';
import type { IssuingOffice, VerificationMark } from '../documents/official-document.ts';
import type { ActingOfficer, PersonIdentity } from '../documents/people.ts';
import type { SignedInOfficer } from './context.ts';
import { fullNameOfOfficer } from './officer-session.ts';

/* How the desk's data become what the documents print. */

export const identifierTypeNames: Readonly<Record<IdentifierType, string>> = {
  nif: 'NIF',
  nie: 'NIE',
  cif: 'NIF',
  passport: 'Pasaporte',
  other: 'Documento',
  originCode: 'Código DIR3',
};

export const paperNatureNames: Readonly<Record<PaperNature, string>> = {
  original: 'Original',
  authenticCopy: 'Copia auténtica',
  photocopy: 'Fotocopia',
};

export function toIssuingOffice(office: Office): IssuingOffice {
  return {
    bodyName: office.bodyName,
    bodyCode: office.bodyCode,
    officeName: office.name,
    officeCode: office.officeCode,
  };
}

/** Town of the office: the last part of its address, without the postal code. */
export function placeOf(office: Office): string {
  return (office.address.split(',').at(-1) ?? '').trim().replace(/^\d{5}\s+/u, '');
}

export function toVerificationMark(office: Office, code: string): VerificationMark {
  return { code, address: office.verificationUrl };
}

export function toPersonIdentity(person: Person): PersonIdentity {
  return {
    name: fullNameOf(person),
    identifierType: identifierTypeNames[person.identifierType],
    identifier: person.identifier,
  };
}

export function toApplicationParty(person: Person): ApplicationParty {
  const postalAddress = postalAddressOf(person);
  const { email, mobilePhone } = person.contact;
  return {
    ...toPersonIdentity(person),
    ...(postalAddress === '' ? {} : { postalAddress }),
    ...(email === '' ? {} : { email }),
    ...(mobilePhone === '' ? {} : { telephone: mobilePhone }),
  };
}

export function postalAddressOf({ contact }: Person): string {
  const town = [contact.postalCode, contact.municipality].filter((part) => part !== '').join(' ');
  return [contact.address, town].filter((part) => part !== '').join(', ');
}

export function toActingOfficer(signedIn: SignedInOfficer): ActingOfficer {
  const { officer, certificateSerial } = signedIn;
  return {
    name: fullNameOfOfficer(officer),
    position: officer.post,
    professionalNumber: officer.staffNumber,
    certificateSerial,
  };
}

export function toDataProtectionNotice(office: Office): DataProtectionNotice {
  return {
    controller: office.bodyName,
    purpose: 'Registro de entrada y tramitación de lo que se solicita',
    recipients: 'La unidad de destino y, si procede, otras Administraciones competentes',
    rightsAddress: `${office.bodyName}, ${office.address}`,
    moreInformation: office.verificationUrl,
  };
}

export function toEniMetadata(
  office: Office,
  document: Readonly<{
    eniId: string;
    capturedAt: string;
    origin: EniMetadata['origin'];
    elaborationState: EniMetadata['elaborationState'];
    documentType: string;
  }>,
): EniMetadata {
  return {
    identifier: document.eniId,
    organs: [office.bodyCode],
    capturedAt: document.capturedAt,
    origin: document.origin,
    elaborationState: document.elaborationState,
    documentType: document.documentType as EniMetadata['documentType'],
  };
}

/** Of a detached signature, beside its document: `02-informe.pdf` → `02-informe.pdf.csig` (LIBSIR TipoMimeEnum). */
export function signatureFileNameOf(
  fileName: string,
  { mediaType }: Readonly<{ mediaType: DocumentMediaType }>,
): string {
  return `${fileName}.${mediaType === 'application/xml' ? 'xsig' : 'csig'}`;
}

/** One line on the signatures of what the citizen brought, as they were at that moment. */
export function describeVerdict(verification: DocumentVerification): string {
  const names = [...new Set(verification.signatures.flatMap(({ signer }) => signer?.name ?? []))].join(', ');
  const signers = names === '' ? '' : ` de ${names}`;
  switch (verification.verdict) {
    case 'passed':
      return `Fichero aportado con firma electrónica válida${signers}`;
    case 'indeterminate':
      return `Fichero aportado; comprobación de la firma${signers} pendiente de concluir`;
    case 'failed':
      return `Fichero aportado cuya firma${signers} no es válida`;
    case 'no-signature':
      return 'Fichero aportado sin firma electrónica';
  }
}

/** Who made the content: the citizen's own papers, or an administration's (norms 02b §4). */
export function eniOriginOf(documentType: string): EniMetadata['origin'] {
  const number = Number(documentType.slice(2));
  // TD01-TD13 are acts of an administration; TD14-TD20 and others come from the citizen.
  return number >= 1 && number <= 13 && number !== 5 ? 'administration' : 'citizen';
}
