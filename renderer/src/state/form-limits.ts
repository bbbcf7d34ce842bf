import type { AttentionForm } from '../../../core/contract/schemas/attention.ts';
import type { Person } from '../../../core/contract/schemas/person.ts';

/** SICRES 4 lengths, as core/contract/schemas states them. */
export const limits = {
  identifier: 40,
  givenName: 30,
  surname1: 30,
  surname2: 30,
  businessName: 80,
  address: 160,
  postalCode: 5,
  municipality: 60,
  email: 160,
  mobilePhone: 20,
  identityNote: 160,
  representationReference: 120,
  summary: 240,
  statement: 4000,
  petition: 4000,
} as const;

/**
 * The form with nothing beyond its limit, as the services take it. Typing is never stopped in the middle of a word: what
 * is too long stays on the screen, said so, and the stage stays open.
 */
export function clampForm(form: AttentionForm): AttentionForm {
  return {
    ...form,
    presenter: clampPerson(form.presenter),
    interestedParties: form.interestedParties.map(clampPerson),
    identityCheck: { ...form.identityCheck, note: form.identityCheck.note.slice(0, limits.identityNote) },
    representation: {
      ...form.representation,
      reference: form.representation.reference.slice(0, limits.representationReference),
    },
    summary: form.summary.slice(0, limits.summary),
    statement: form.statement.slice(0, limits.statement),
    petition: form.petition.slice(0, limits.petition),
  };
}

export function isTooLong(form: AttentionForm): boolean {
  return JSON.stringify(clampForm(form)) !== JSON.stringify(form);
}

function clampPerson(person: Person): Person {
  const { contact } = person;
  return {
    ...person,
    identifier: person.identifier.slice(0, limits.identifier),
    givenName: person.givenName.slice(0, limits.givenName),
    surname1: person.surname1.slice(0, limits.surname1),
    surname2: person.surname2.slice(0, limits.surname2),
    businessName: person.businessName.slice(0, limits.businessName),
    contact: {
      ...contact,
      address: contact.address.slice(0, limits.address),
      postalCode: contact.postalCode.slice(0, limits.postalCode),
      municipality: contact.municipality.slice(0, limits.municipality),
      email: contact.email.slice(0, limits.email),
      mobilePhone: contact.mobilePhone.slice(0, limits.mobilePhone),
    },
  };
}
