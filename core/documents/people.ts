import type { LabelledValue } from './pdf/block-types.ts';

/** A person as the documents name them. `identifierType`: `NIF`, `NIE`, `Pasaporte`… as printed. */
export type PersonIdentity = Readonly<{ name: string; identifierType: string; identifier: string }>;

/** The public employee who acts. Named by professional number, never by NIF (02e: NRP). */
export type ActingOfficer = Readonly<{
  name: string;
  position: string;
  /** Número de registro personal or its local equal. */
  professionalNumber: string;
  /** Serial number of the certificate, hexadecimal. */
  certificateSerial: string;
  certificateIssuer?: string;
}>;

export function describePerson(person: PersonIdentity): string {
  return `${person.name}, con ${person.identifierType} ${person.identifier}`;
}

export function officerFacts(officer: ActingOfficer): readonly LabelledValue[] {
  const issuer = officer.certificateIssuer === undefined ? '' : `, emitido por ${officer.certificateIssuer}`;
  return [
    { label: 'Nombre y apellidos', value: officer.name },
    { label: 'Puesto', value: officer.position },
    { label: 'Número de identificación profesional', value: officer.professionalNumber },
    {
      label: 'Certificado de firma',
      value: [{ text: 'N.º de serie ' }, { text: officer.certificateSerial, font: 'mono' }, { text: issuer }],
    },
  ];
}

/** Facts without those that have no value. */
export function knownFacts(
  facts: readonly Readonly<{ label: string; value: LabelledValue['value'] | undefined }>[],
): readonly LabelledValue[] {
  return facts.flatMap(({ label, value }) => (value === undefined || value === '' ? [] : [{ label, value }]));
}
