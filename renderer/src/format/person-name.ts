import type { AttentionForm } from '../../../core/contract/schemas/attention.ts';
import type { Person } from '../../../core/contract/schemas/person.ts';

export function personName(person: Person): string {
  const parts =
    person.personType === 'legal' ? [person.businessName] : [person.givenName, person.surname1, person.surname2];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
}

export function makeEmptyPerson(): Person {
  return {
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
  };
}

/** Bound to deal electronically, as the services found it (art. 14.2 Ley 39/2015). */
export function isObliged(problems: readonly Readonly<{ code: string }>[], form: AttentionForm): boolean {
  return form.electronicOnlyReason !== 'none' || problems.some((problem) => problem.code === 'electronicOnly');
}
