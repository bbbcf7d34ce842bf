import type {
  AttentionForm,
  AttentionView,
  DocumentView,
  Problem,
  Stage,
} from '../../../core/contract/schemas/attention.ts';

const letters = 'TRWAGMYFPDXBNJZSQVHLCKE';

export function checkNif(identifier: string) {
  const normalized = identifier.toUpperCase().replaceAll(/[\s.-]/gu, '');
  const digits = /^(\d{8})([A-Z]?)$/u.exec(normalized);
  const expected = digits === null ? null : letters.charAt(Number(digits[1]) % 23);
  const state =
    normalized === ''
      ? 'empty'
      : digits === null
        ? normalized.length < 9
          ? 'incomplete'
          : 'invalid'
        : digits[2] === ''
          ? 'incomplete'
          : digits[2] === expected
            ? 'valid'
            : 'invalid';
  return {
    state,
    normalized,
    expectedControl: state === 'valid' ? null : expected,
    looksLike: null,
    isLegalPerson: false,
  } as const;
}

/** The few rules without which the window cannot be walked; the real ones are in core/domain. */
export function listProblems(
  form: AttentionForm,
  documents: readonly DocumentView[],
  consentReady: boolean,
): Problem[] {
  const problems: Problem[] = [];
  const add = (stage: Stage, field: string, code: Problem['code'], severity: Problem['severity'] = 'error') =>
    void problems.push({ stage, field, code, severity, details: {} });
  const check = checkNif(form.presenter.identifier);
  if (check.state === 'empty') add('person', 'presenter.identifier', 'required');
  else if (check.state !== 'valid' && form.presenter.identifierType === 'nif')
    add('person', 'presenter.identifier', 'identifierInvalid');
  if (form.presenter.personType === 'natural' && form.presenter.givenName === '')
    add('person', 'presenter.givenName', 'required');
  if (form.presenter.personType === 'natural' && form.presenter.surname1 === '')
    add('person', 'presenter.surname1', 'required');
  if (form.identityCheck.document === 'none') add('person', 'identityCheck', 'identityNotChecked');
  if (form.electronicOnlyReason !== 'none' || form.presenter.personType === 'legal')
    add('person', 'electronicOnlyReason', 'electronicOnly', 'warning');
  if (form.summary === '') add('application', 'summary', 'required');
  if (form.route === 'officer' && !form.lacksElectronicMeans)
    add('application', 'lacksElectronicMeans', 'meansNotDeclared');
  const papers = documents.filter((document) => document.role !== 'consent' && document.origin === 'scanned');
  if (form.route === 'paper' && !papers.some((document) => document.role === 'application'))
    add('papers', 'documents', 'applicationMissing');
  if (form.route === 'broughtSigned' && !documents.some(({ role, file }) => role === 'application' && file !== null))
    add('papers', 'documents', 'applicationFileMissing');
  for (const { documentId, verification } of documents) {
    if (verification?.verdict === 'failed') add('papers', documentId, 'annexSignatureFailed', 'warning');
    if (verification?.verdict === 'indeterminate') add('papers', documentId, 'signatureIndeterminate', 'warning');
  }
  if (papers.some((document) => document.role === 'annex') && !form.annexesCommitment)
    add('application', 'annexesCommitment', 'commitmentMissing');
  for (const document of documents) {
    if (document.role !== 'consent' && document.origin === 'scanned' && document.nature === null)
      add('papers', document.documentId, 'natureMissing');
    for (const page of document.pages) {
      const stage = document.role === 'consent' ? 'consent' : 'collation';
      if (page.collation === 'pending') add(stage, page.pageId, 'pageNotCollated');
      if (page.collation === 'rejected') add(stage, page.pageId, 'pageRejected');
    }
  }
  if (form.route === 'officer' && !consentReady) add('consent', 'consent', 'consentMissing');
  return problems;
}

export function describeStages(
  form: AttentionForm,
  current: Stage,
  problems: readonly Problem[],
  isRegistered: boolean,
): AttentionView['stages'] {
  const order: readonly Stage[] = [
    'person',
    'application',
    'papers',
    'collation',
    ...(form.route === 'officer' ? (['consent'] as const) : []),
    'signature',
    'delivery',
  ];
  const isClean = (stage: Stage) =>
    !problems.some((problem) => problem.stage === stage && problem.severity === 'error');
  let isReachable = true;
  return order.map((stage) => {
    const canEnter = stage === 'delivery' ? isRegistered : isReachable;
    isReachable &&= isClean(stage);
    if (stage === current) return { stage, state: 'current' };
    if (isRegistered) return { stage, state: 'done' };
    if (!canEnter) return { stage, state: 'blocked' };
    return { stage, state: order.indexOf(stage) < order.indexOf(current) && isClean(stage) ? 'done' : 'open' };
  });
}
