import { describe, expect, it } from 'vitest';
import { documentVerificationSchema } from '../contract/schemas/verification.ts';
import type { Verdict } from '../documents/signing/verification-model.ts';
import { summarize } from '../documents/verification/document-verification.ts';
import type { VerifiedSignature } from '../documents/verification/document-verification.ts';
import { toVerificationReport } from './verification-report.ts';

const circumstances = { verifiedAt: '2026-11-22T10:42:07+01:00', wasOnline: false, answers: [] };

function signature(verdict: Verdict, issuer: string | null = null): VerifiedSignature {
  return {
    verdict,
    subIndication: null,
    signer: null,
    issuer,
    signingTime: null,
    level: 'B-B',
    coversWholeFile: true,
    modificationsAfter: 'none',
    timestamps: Array.from({ length: 30 }, () => ({
      kind: 'signature' as const,
      time: null,
      authority: 'x'.repeat(1000),
      isIntact: true,
      isTrusted: true,
    })),
    revocation: { status: 'unknown', source: null, statedAt: null, revokedAt: null },
    reasons: [],
    signedContent: ['document'],
  };
}

describe('the report of what others signed', () => {
  it('holds the gravest of any number of signatures, and says how many there were', () => {
    const many = [...Array.from({ length: 500 }, () => signature('passed')), signature('failed')];
    const report = toVerificationReport(summarize('pdf', many), circumstances);
    expect(documentVerificationSchema.safeParse(report).success).toBe(true);
    expect(report.signatureCount).toBe(501);
    expect(report.signatures[0]?.verdict).toBe('failed');
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
  });

  it('keeps few signatures in their order', () => {
    const report = toVerificationReport(summarize('pdf', [signature('passed'), signature('failed')]), circumstances);
    expect(report.signatures.map(({ verdict }) => verdict)).toEqual(['passed', 'failed']);
  });

  it('shows no sign that breaks a message, and no text without end', () => {
    const [first] = toVerificationReport(
      summarize('pdf', [signature('passed', `AC\u0000 mala\u0007${'a'.repeat(5000)}`)]),
      circumstances,
    ).signatures;
    expect(first?.issuer).toMatch(/^AC {2}mala a+$/u);
    expect(first?.issuer?.length).toBe(200);
  });
});
