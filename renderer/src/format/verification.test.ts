import { describe, expect, it } from 'vitest';
import type { DocumentVerification } from '../../../core/contract/schemas/verification.ts';
import { describeVerdict, formatBytes, isWaiting, listReasons, signerNames } from './verification.ts';

type Signature = DocumentVerification['signatures'][number];

function signedBy(name: string | null): Signature {
  return {
    verdict: 'passed',
    subIndication: null,
    signer:
      name === null
        ? null
        : { name, identifier: null, organization: null, organizationIdentifier: null, certificateSerial: '01' },
    issuer: null,
    signingTime: null,
    level: null,
    coversWholeFile: true,
    modificationsAfter: 'none',
    timestamps: [],
    revocation: { status: 'good', source: null, statedAt: null, revokedAt: null },
    reasons: [],
  };
}

function found(change: Partial<DocumentVerification>): DocumentVerification {
  return {
    verdict: 'passed',
    subIndication: null,
    format: 'pdf',
    reasons: [],
    signatures: [signedBy('ANA GARCÍA LÓPEZ')],
    signatureCount: 1,
    verifiedAt: '2026-11-22T10:42:07+01:00',
    wasOnline: true,
    revocationAnswers: [],
    ...change,
  };
}

const waiting = { verdict: 'indeterminate', subIndication: 'TRY_LATER', reasons: ['revocationUnavailable'] } as const;

describe('the line of a verdict', () => {
  it.each([
    [found({}), 'Firmada por ANA GARCÍA LÓPEZ · válida'],
    [found({ signatures: [signedBy('ANA'), signedBy('EVA'), signedBy('EVA')] }), 'Firmada por ANA y EVA · válidas'],
    [
      found({ ...waiting, reasons: [...waiting.reasons], wasOnline: false }),
      'No se puede comprobar aún: sin línea. Se admite y se comprobará después.',
    ],
    [
      found({ ...waiting, reasons: [...waiting.reasons] }),
      'No se puede comprobar aún. Se admite y se comprobará después.',
    ],
    [
      found({ verdict: 'indeterminate', subIndication: 'NO_CERTIFICATE_CHAIN_FOUND', reasons: ['issuerNotTrusted'] }),
      'No se ha podido concluir la comprobación. No se confía en quien emitió el certificado.',
    ],
    [
      found({ verdict: 'failed', subIndication: 'HASH_FAILURE', reasons: ['modifiedAfterwards'] }),
      'La firma no es válida. El documento se cambió después de firmarlo.',
    ],
    [
      found({ verdict: 'failed', subIndication: 'SIG_CRYPTO_FAILURE' }),
      'La firma no es válida. La firma no se hizo con la clave de ese certificado.',
    ],
    [found({ verdict: 'no-signature', signatures: [] }), 'Sin firma electrónica.'],
  ])('%#', (verification, sentence) => {
    expect(describeVerdict(verification)).toBe(sentence);
  });

  it('speaks of what is registered as past', () => {
    const verification = found({ ...waiting, reasons: [...waiting.reasons], wasOnline: false });
    expect(describeVerdict(verification, true)).toBe('No se pudo comprobar: sin línea. Se admitió.');
  });
});

it('only waits when nothing but an answer is missing', () => {
  expect(isWaiting({ ...waiting, reasons: ['revocationUnavailable'] })).toBe(true);
  expect(isWaiting({ verdict: 'indeterminate', subIndication: null, reasons: [] })).toBe(false);
  expect(isWaiting({ verdict: 'indeterminate', subIndication: 'GENERIC', reasons: ['limitReached'] })).toBe(false);
  expect(isWaiting({ verdict: 'failed', subIndication: 'TRY_LATER', reasons: ['revocationUnavailable'] })).toBe(false);
});

it('says each reason once, and the outcome only where there is no reason', () => {
  const verdict = 'failed' as const;
  expect(
    listReasons({ verdict, subIndication: 'HASH_FAILURE', reasons: ['digestMismatch', 'digestMismatch'] }),
  ).toEqual(['El contenido no es el que se firmó.']);
  expect(listReasons({ verdict, subIndication: 'FORMAT_FAILURE', reasons: [] })).toEqual([
    'La firma no está hecha como manda su norma.',
  ]);
});

it('names who cannot be named, and sizes as people say them', () => {
  expect(signerNames([signedBy(null)])).toBe('firmante desconocido');
  expect(['812', '53248', '3565158'].map((size) => formatBytes(Number(size)))).toEqual([
    '812 bytes',
    '52 KB',
    '3,4 MB',
  ]);
});
