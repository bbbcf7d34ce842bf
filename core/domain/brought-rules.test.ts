import { describe, expect, it } from 'vitest';
import type { DocumentRole, Problem } from '../contract/schemas/attention.ts';
import type {
  BroughtFile,
  DocumentVerdict,
  DocumentVerification,
  SignatureReport,
} from '../contract/schemas/verification.ts';
import { makeEmptyForm } from './attention-rules.ts';
import { listBroughtProblems } from './brought-rules.ts';

const empty = makeEmptyForm('LA0009998');
const form = {
  ...empty,
  route: 'broughtSigned' as const,
  presenter: { ...empty.presenter, identifier: '12345678-z' },
};
const file = {
  name: 'solicitud.pdf',
  mediaType: 'application/pdf' as const,
  byteLength: 1,
  sha256: 'a'.repeat(64),
  isEncrypted: false,
  hasScripts: false,
  signatureType: 'TF06' as const,
  signature: null,
};

function signedBy(identifier: string | null, organizationIdentifier: string | null = null): SignatureReport {
  return {
    verdict: 'passed',
    subIndication: null,
    signer: { name: 'X', identifier, organization: null, organizationIdentifier, certificateSerial: '1' },
    issuer: null,
    signingTime: null,
    level: 'B-B',
    coversWholeFile: true,
    modificationsAfter: 'none',
    timestamps: [],
    revocation: { status: 'good', source: null, statedAt: null, revokedAt: null },
    reasons: [],
  };
}

function verification(verdict: DocumentVerdict, signatures: SignatureReport[] = []): DocumentVerification {
  return {
    verdict,
    subIndication: null,
    format: 'pdf',
    reasons: [],
    signatures,
    signatureCount: signatures.length,
    verifiedAt: '2026-11-22T10:42:07+01:00',
    wasOnline: true,
    revocationAnswers: [],
  };
}

const brought = (role: DocumentRole, found: DocumentVerification, marks: Partial<BroughtFile> = {}) => ({
  documentId: role,
  role,
  file: { ...file, ...marks },
  verification: found,
});
const codes = (problems: readonly Problem[]) => problems.map(({ code, severity }) => `${code} ${severity}`);

describe('documents that the citizen brought', () => {
  it.each<readonly [DocumentRole, DocumentVerdict, string | null]>([
    ['application', 'passed', null],
    ['application', 'failed', 'applicationSignatureFailed error'],
    ['application', 'indeterminate', 'signatureIndeterminate warning'],
    ['application', 'no-signature', 'applicationUnsigned error'],
    ['annex', 'passed', null],
    ['annex', 'failed', 'annexSignatureFailed warning'],
    ['annex', 'indeterminate', 'signatureIndeterminate warning'],
    ['annex', 'no-signature', null],
  ])('%s %s', (role, verdict, expected) => {
    const application = role === 'annex' ? [brought('application', verification('passed'))] : [];
    const problems = listBroughtProblems(form, [...application, brought(role, verification(verdict))]);
    expect(codes(problems)).toEqual(expected === null ? [] : [expected]);
  });

  it('want the application on its own route only', () => {
    expect(codes(listBroughtProblems(form, []))).toEqual(['applicationFileMissing error']);
    expect(listBroughtProblems({ ...form, route: 'paper' }, [])).toEqual([]);
  });

  it('warn when neither the presenter nor an interested party signed, by themselves or for their entity', () => {
    const problemsOf = (signature: SignatureReport) =>
      codes(listBroughtProblems(form, [brought('application', verification('passed', [signature]))]));
    expect(problemsOf(signedBy('12345678Z'))).toEqual([]);
    expect(problemsOf(signedBy('99999999R'))).toEqual(['signerNotPresenter warning']);
    expect(problemsOf(signedBy(null))).toEqual(['signerNotPresenter warning']);
    const entity = { ...form, interestedParties: [{ ...empty.presenter, identifier: 'B99999997' }] };
    const forEntity = brought('application', verification('passed', [signedBy('99999999R', 'B99999997')]));
    expect(listBroughtProblems(entity, [forEntity])).toEqual([]);
  });

  it('tell that nobody could look inside, and that a form calculates', () => {
    const marked = brought('application', verification('passed'), { isEncrypted: true, hasScripts: true });
    expect(codes(listBroughtProblems(form, [marked]))).toEqual(['fileEncrypted warning', 'fileHasScripts warning']);
  });
});
