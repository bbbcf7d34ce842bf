import { stages } from '../contract/schemas/attention.ts';
import type {
  ApplicationRoute,
  AttentionForm,
  DocumentOrigin,
  DocumentRole,
  PageView,
  PaperNature,
  Problem,
  ProblemCode,
  Stage,
} from '../contract/schemas/attention.ts';
import type { ElaborationState } from '../contract/schemas/common.ts';
import type { ElectronicOnlyReason, Person } from '../contract/schemas/person.ts';
import type { Officer, Procedure, Unit } from '../contract/schemas/reference.ts';
import type { BroughtFile, DocumentVerification } from '../contract/schemas/verification.ts';
import { listBroughtProblems } from './brought-rules.ts';
import { checkIdentifier, isLegalPersonIdentifier } from './identifiers.ts';

/** What the rules need to know of a document in the draft. */
export type DraftDocument = Readonly<{
  documentId: string;
  role: DocumentRole;
  title: string;
  documentType: string;
  origin: DocumentOrigin;
  nature: PaperNature | null;
  signedByCitizen: boolean;
  file: BroughtFile | null;
  verification: DocumentVerification | null;
  /** A page was captured by a device that had failed its last check. */
  isFromFailedScanner: boolean;
  pages: readonly Pick<PageView, 'pageId' | 'collation' | 'flags'>[];
  announcedSheets: number | null;
  /** Title of the profile that its type asks for, where it was scanned with less than that; null otherwise. */
  wantedProfile: string | null;
  /** Two where the profile scans both sides: the one that was found blank may have been left out. */
  sidesPerSheet: 1 | 2;
}>;

export type AttentionFacts = Readonly<{
  form: AttentionForm;
  documents: readonly DraftDocument[];
  consent: Readonly<{ isOutdated: boolean; isScanned: boolean }> | null;
  officer: Pick<Officer, 'mayActForCitizens' | 'isCivilServant' | 'mayIssueCopies'>;
  procedure: Procedure | null;
  unit: Unit | null;
}>;

const emptyPerson: Person = {
  personType: 'natural',
  identifierType: 'nif',
  identifier: '',
  givenName: '',
  surname1: '',
  surname2: '',
  businessName: '',
  contact: { country: '724', province: '', municipality: '', address: '', postalCode: '', email: '', mobilePhone: '' },
};

/** The form of a new attention. On paper is the commonest route. */
export function makeEmptyForm(unitCode: string): AttentionForm {
  return {
    presenter: emptyPerson,
    identityCheck: { document: 'none', method: 'none', note: '' },
    representation: { kind: 'none', reference: '' },
    interestedParties: [],
    electronicOnlyReason: 'none',
    procedureId: null,
    unitCode,
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
}

/** The stages that the chosen route asks for, in order. */
export function stagesOf(route: ApplicationRoute): readonly Stage[] {
  return stages.filter((stage) => stage !== 'consent' || route === 'officer');
}

/** The application is written here, and signed by the officer or with the citizen's card. */
export function isTypedRoute(route: ApplicationRoute): boolean {
  return route === 'officer' || route === 'citizenCard';
}

/** Those who are interested in the act: the represented ones, or who is in front. */
export function interestedPartiesOf(form: AttentionForm): readonly Person[] {
  return form.representation.kind === 'none' ? [form.presenter, ...form.interestedParties] : form.interestedParties;
}

/** Art. 14.2 Ley 39/2015: what the officer marked, or what the identifier itself says. */
export function electronicOnlyReasonOf(form: AttentionForm): ElectronicOnlyReason {
  if (form.electronicOnlyReason !== 'none') return form.electronicOnlyReason;
  const hasEntity = interestedPartiesOf(form).some(
    (person) => person.personType === 'legal' || isLegalPersonIdentifier(person.identifier),
  );
  if (!hasEntity) return 'none';
  return form.representation.kind === 'none' ? 'legalPerson' : 'representativeOfObliged';
}

export function fullNameOf(person: Person): string {
  if (person.personType === 'legal') return person.businessName.trim();
  return [person.givenName, person.surname1, person.surname2]
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ');
}

/**
 * ENI elaboration state: EE03 for the copy of an original or authentic copy, EE99 for the scan of a photocopy
 * (Ley 39/2015 art. 27, RD 203/2021 art. 49), EE01 for what is born here or comes as a file and stays as it is.
 */
export function elaborationStateOf(document: Pick<DraftDocument, 'origin' | 'nature'>): ElaborationState | null {
  if (document.origin !== 'scanned') return 'EE01';
  if (document.nature === null) return null;
  return document.nature === 'photocopy' ? 'EE99' : 'EE03';
}

const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/u;
const phonePattern = /^\+?[\d\s]{9,20}$/u;

type Report = (
  stage: Stage,
  field: string,
  code: ProblemCode,
  severity?: 'error' | 'warning',
  details?: Problem['details'],
) => void;

function checkPerson(person: Person, path: string, report: Report): void {
  const identifier = checkIdentifier(person.identifierType, person.identifier);
  if (identifier.state === 'empty') report('person', `${path}.identifier`, 'required');
  else if (identifier.state === 'incomplete') report('person', `${path}.identifier`, 'identifierIncomplete');
  else if (identifier.state === 'invalid') report('person', `${path}.identifier`, 'identifierInvalid');
  if (person.personType === 'legal') {
    if (person.businessName.trim() === '') report('person', `${path}.businessName`, 'required');
  } else {
    if (person.givenName.trim() === '') report('person', `${path}.givenName`, 'required');
    if (person.surname1.trim() === '') report('person', `${path}.surname1`, 'required');
  }
  const { contact } = person;
  if (contact.email !== '' && !emailPattern.test(contact.email))
    report('person', `${path}.contact.email`, 'emailInvalid');
  if (contact.mobilePhone !== '' && !phonePattern.test(contact.mobilePhone))
    report('person', `${path}.contact.mobilePhone`, 'phoneInvalid');
  if (
    contact.country === '724' &&
    contact.postalCode !== '' &&
    !/^(?:0[1-9]|[1-4]\d|5[0-2])\d{3}$/u.test(contact.postalCode)
  ) {
    report('person', `${path}.contact.postalCode`, 'postalCodeInvalid');
  }
}

function checkPersonStage({ form }: AttentionFacts, report: Report): void {
  checkPerson(form.presenter, 'presenter', report);
  form.interestedParties.forEach((person, index) => checkPerson(person, `interestedParties.${index}`, report));
  if (form.identityCheck.document === 'none' || form.identityCheck.method === 'none')
    report('person', 'identityCheck', 'identityNotChecked');
  if (form.representation.kind !== 'none' && form.interestedParties.length === 0)
    report('person', 'interestedParties', 'required');
  // Art. 5.6: lack of proof does not stop the entry; ten days to remedy it.
  if (form.representation.kind === 'unproven') report('person', 'representation', 'representationUnproven', 'warning');
  // Arts. 14.2 and 68.4: warned with the consequence, never refused.
  if (electronicOnlyReasonOf(form) !== 'none') report('person', 'electronicOnlyReason', 'electronicOnly', 'warning');
}

function checkApplicationStage(facts: AttentionFacts, report: Report): void {
  const { form, officer, procedure, unit } = facts;
  const isObliged = electronicOnlyReasonOf(form) !== 'none';
  if (unit === null) report('application', 'unitCode', form.unitCode === '' ? 'required' : 'unitUnknown');
  else if (unit.state !== 'current' && unit.state !== 'transitory') {
    report(
      'application',
      'unitCode',
      'unitNotCurrent',
      'error',
      unit.successorCode === null ? {} : { successorCode: unit.successorCode },
    );
  }
  if (form.summary.trim() === '') report('application', 'summary', 'required');
  if (isTypedRoute(form.route)) {
    if (form.statement.trim() === '') report('application', 'statement', 'required');
    if (form.petition.trim() === '') report('application', 'petition', 'required');
  }
  if (form.route === 'officer') {
    if (isObliged) report('application', 'route', 'officerRouteForbidden');
    if (!officer.mayActForCitizens || !officer.isCivilServant) report('application', 'route', 'officerNotEnabled');
    if (!form.lacksElectronicMeans) report('application', 'lacksElectronicMeans', 'meansNotDeclared');
  }
  if (procedure?.isElectronicOnly === true) report('application', 'procedureId', 'procedureElectronicOnly', 'warning');
  const { contact } = form.presenter;
  if (form.notificationChannel === 'paper') {
    // SICRES: paper is forbidden for those obliged to deal electronically.
    if (isObliged) report('application', 'notificationChannel', 'paperChannelForbidden');
    else {
      // SICRES asks for the whole postal address when letters will be sent.
      const inSpain = contact.country === '724';
      const wanted = inSpain
        ? (['address', 'municipality', 'province', 'postalCode'] as const)
        : (['address'] as const);
      for (const field of wanted)
        if (contact[field].trim() === '') report('person', `presenter.contact.${field}`, 'required');
    }
  }
  if (form.notifyByEmail && contact.email === '') report('person', 'presenter.contact.email', 'required');
  if (form.notifyBySms && contact.mobilePhone === '') report('person', 'presenter.contact.mobilePhone', 'required');
}

function checkPapersStage({ form, documents, officer, procedure }: AttentionFacts, report: Report): void {
  const annexes = documents.filter((document) => document.role === 'annex');
  if (
    form.route === 'paper' &&
    !documents.some((document) => document.role === 'application' && document.pages.length > 0)
  ) {
    report('papers', 'documents', 'applicationMissing');
  }
  for (const document of documents) {
    if (document.origin !== 'scanned' || document.role === 'consent') continue;
    if (document.pages.length === 0) report('papers', document.documentId, 'documentEmpty');
    if (document.nature === null) report('papers', document.documentId, 'natureMissing');
    if (document.nature !== 'photocopy' && !officer.mayIssueCopies)
      report('papers', document.documentId, 'officerMayNotCopy');
    // Of a photocopy no authentic copy is made, whatever it was scanned with.
    if (document.isFromFailedScanner && document.nature !== null && document.nature !== 'photocopy')
      report('papers', document.documentId, 'scannerNotQualified');
    for (const page of document.pages) {
      const kinds = new Set(page.flags.map(({ kind }) => kind).filter((kind) => kind !== 'code'));
      if (kinds.size > 0) report('papers', page.pageId, 'pageWarning', 'warning', { warning: [...kinds].join(',') });
    }
    const { announcedSheets: sheets, sidesPerSheet } = document;
    const pages = document.pages.length;
    if (sheets !== null && pages > 0 && (pages < sheets || pages > sheets * sidesPerSheet))
      report('papers', document.documentId, 'sheetCountDiffers', 'error', { sheets, pages });
    if (document.wantedProfile !== null)
      report('papers', document.documentId, 'typeAsksForProfile', 'warning', { profile: document.wantedProfile });
  }
  // Art. 66.2: of what is an authentic electronic document by itself nobody needs to answer.
  const isCommitmentNeeded = annexes.some(({ verification }) => verification?.verdict !== 'passed');
  if (isCommitmentNeeded && !form.annexesCommitment) report('application', 'annexesCommitment', 'commitmentMissing');
  // SIR takes five annexes; more go to a repository (RD 203/2021 art. 39.4).
  if (annexes.length > 5) report('papers', 'documents', 'tooManyAnnexes', 'warning', { count: annexes.length });
  for (const required of procedure?.requiredDocuments ?? []) {
    if (!annexes.some((annex) => annex.documentType === required.documentType)) {
      report('papers', 'documents', 'requiredDocumentMissing', 'warning', { title: required.title });
    }
  }
}

function checkCollationStage({ documents }: AttentionFacts, report: Report): void {
  for (const document of documents) {
    for (const page of document.pages) {
      const stage = document.role === 'consent' ? 'consent' : 'collation';
      if (page.collation === 'pending') report(stage, page.pageId, 'pageNotCollated');
      if (page.collation === 'rejected') report(stage, page.pageId, 'pageRejected');
    }
  }
}

function checkConsentStage({ form, consent, documents }: AttentionFacts, report: Report): void {
  if (form.route === 'officer') {
    if (consent === null || !consent.isScanned) report('consent', 'consent', 'consentMissing');
    else if (consent.isOutdated) report('consent', 'consent', 'consentOutdated');
  }
  if (
    form.route === 'citizenCard' &&
    !documents.some((document) => document.role === 'application' && document.signedByCitizen)
  ) {
    report('signature', 'application', 'applicationNotSigned');
  }
}

/** Everything that is missing or deserves a look, by stage. Only errors keep a stage open. */
export function listProblems(facts: AttentionFacts): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (stage, field, code, severity = 'error', details = {}) => {
    problems.push({ stage, field, code, severity, details });
  };
  checkPersonStage(facts, report);
  checkApplicationStage(facts, report);
  checkPapersStage(facts, report);
  problems.push(...listBroughtProblems(facts.form, facts.documents));
  checkCollationStage(facts, report);
  checkConsentStage(facts, report);
  return problems;
}

export type StageState = 'done' | 'current' | 'open' | 'blocked';

/**
 * State of each stage. One may go back to any stage, and forward as far as every earlier stage is without error: what
 * the law demands cannot be skipped.
 */
export function describeStages(
  route: ApplicationRoute,
  current: Stage,
  problems: readonly Problem[],
  isRegistered: boolean,
): readonly Readonly<{ stage: Stage; state: StageState }>[] {
  const isClean = (stage: Stage) =>
    !problems.some((problem) => problem.stage === stage && problem.severity === 'error');
  let isReachable = true;
  return stagesOf(route).map((stage) => {
    const isReached = stage === 'delivery' ? isRegistered : isReachable && !isRegistered;
    isReachable = isReachable && isClean(stage);
    if (stage === current) return { stage, state: 'current' };
    if (isRegistered) return { stage, state: stage === 'delivery' ? 'open' : 'done' };
    if (!isReached) return { stage, state: 'blocked' };
    return { stage, state: isClean(stage) && stages.indexOf(stage) < stages.indexOf(current) ? 'done' : 'open' };
  });
}
