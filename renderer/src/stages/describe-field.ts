import type { AttentionView } from '../../../core/contract/schemas/attention.ts';
import { t } from '../i18n/i18n.ts';

const personFields: Readonly<Record<string, () => string>> = {
  identifier: () => t('person.identifier'),
  givenName: () => t('person.givenName'),
  surname1: () => t('person.surname1'),
  surname2: () => t('person.surname2'),
  businessName: () => t('person.businessName'),
  'contact.address': () => t('person.address'),
  'contact.postalCode': () => t('person.postalCode'),
  'contact.municipality': () => t('person.municipality'),
  'contact.province': () => t('person.province'),
  'contact.email': () => t('person.email'),
  'contact.mobilePhone': () => t('person.mobilePhone'),
};

const formFields: Readonly<Record<string, () => string>> = {
  identityCheck: () => t('person.identity'),
  interestedParties: () => t('person.addPrincipal'),
  representation: () => t('person.representation'),
  unitCode: () => t('application.unit'),
  summary: () => t('application.summary'),
  statement: () => t('application.statement'),
  petition: () => t('application.petition'),
  route: () => t('application.route'),
  procedureId: () => t('application.procedure'),
  notificationChannel: () => t('application.channel'),
  annexesCommitment: () => t('application.commitment'),
};

/** The name on the screen of what a problem is about; empty where the sentence says it all. */
export function describeField(path: string, attention: Pick<AttentionView, 'documents'>): string {
  const person = /^(?:presenter|interestedParties\.(?<index>\d+))\.(?<field>.+)$/u.exec(path);
  if (person !== null) {
    const { index, field } = person.groups ?? {};
    const name = personFields[field ?? '']?.() ?? '';
    return index === undefined ? name : `${t('person.party', { number: Number(index) + 1 })}, ${name}`;
  }
  const document = attention.documents.find(({ documentId }) => documentId === path);
  if (document !== undefined) return document.title;
  for (const { title, pages } of attention.documents) {
    const index = pages.findIndex(({ pageId }) => pageId === path);
    if (index !== -1) return t('papers.pageOf', { number: index + 1, title });
  }
  return formFields[path]?.() ?? '';
}
