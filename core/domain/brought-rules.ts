import type { AttentionForm, DocumentRole, Problem, ProblemCode } from '../contract/schemas/attention.ts';
import type { BroughtFile, DocumentVerification } from '../contract/schemas/verification.ts';
import { normalizeIdentifier } from './identifiers.ts';

type BroughtDocument = Readonly<{
  documentId: string;
  role: DocumentRole;
  file: BroughtFile | null;
  verification: DocumentVerification | null;
}>;

/** SIR takes no larger file; it goes to a repository (RD 203/2021 art. 39.4). */
const exchangeBytes = 10_485_760;

/**
 * What documents that the citizen brought lack or deserve a look. Only an application whose signature failed, or that has
 * none, keeps the stage open (ordinance arts. 66.1 and 70.1); annexes are annotated and never refused for their signatures.
 */
export function listBroughtProblems(form: AttentionForm, documents: readonly BroughtDocument[]): Problem[] {
  const problems: Problem[] = [];
  const isBroughtRoute = form.route === 'broughtSigned';
  if (isBroughtRoute && !documents.some((document) => document.role === 'application' && document.file !== null))
    problems.push(problem('documents', 'applicationFileMissing', 'error'));
  for (const document of documents) {
    const { documentId, file, verification } = document;
    if (file === null || verification === null) continue;
    const code = codeOf(document.role, verification);
    if (code !== null) problems.push(problem(documentId, code, code.startsWith('application') ? 'error' : 'warning'));
    if (file.byteLength > exchangeBytes) problems.push(problem(documentId, 'annexTooLarge', 'warning'));
    if (file.isEncrypted) problems.push(problem(documentId, 'fileEncrypted', 'warning'));
    if (file.hasScripts) problems.push(problem(documentId, 'fileHasScripts', 'warning'));
    if (document.role === 'application' && verification.signatures.length > 0 && !isSignedByTheirs(form, verification))
      problems.push(problem(documentId, 'signerNotPresenter', 'warning'));
  }
  return problems;
}

function problem(field: string, code: ProblemCode, severity: Problem['severity']): Problem {
  return { stage: 'papers', field, code, severity, details: {} };
}

function codeOf(role: DocumentRole, { verdict }: DocumentVerification): ProblemCode | null {
  switch (verdict) {
    case 'failed':
      return role === 'application' ? 'applicationSignatureFailed' : 'annexSignatureFailed';
    case 'indeterminate':
      return 'signatureIndeterminate';
    case 'no-signature':
      return role === 'application' ? 'applicationUnsigned' : null;
    case 'passed':
      return null;
  }
}

/** One of the signers is who stands in front, or one of those who are interested, by themselves or by their representative. */
function isSignedByTheirs(
  { presenter, interestedParties }: AttentionForm,
  verification: DocumentVerification,
): boolean {
  const theirs = new Set([presenter, ...interestedParties].map((person) => normalizeIdentifier(person.identifier)));
  return verification.signatures.some(({ signer }) =>
    [signer?.identifier, signer?.organizationIdentifier].some(
      (identifier) => identifier !== null && identifier !== undefined && theirs.has(normalizeIdentifier(identifier)),
    ),
  );
}
