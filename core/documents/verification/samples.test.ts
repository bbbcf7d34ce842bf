import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listSharedFiles } from '../signing/testing/shared-data.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { TrustAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { authoritiesOf } from './testing/authorities-of.ts';
import { verifyDocument } from './verify-document.ts';

const [manifest] = listSharedFiles('data/signatures', 'manifest.tsv');
const samples = (manifest === undefined ? '' : readFileSync(manifest, 'utf8'))
  .split('\n')
  .slice(1)
  .filter((line) => line !== '')
  .map((line) => line.split('\t'))
  .map(([name = '', , expected = '']) => ({ expected, name, path: join(manifest ?? '', '..', name) }));

function verify(bytes: Buffer, anchors: readonly TrustAnchor[]): DocumentVerification {
  return verifyDocument(bytes, { trust: { anchors, at: new Date(), ocsps: [], crls: [] }, detached: null });
}

describe(`documents of others (${samples.length} in ../shared/data/signatures)`, () => {
  // A suite without any test is a failure.
  it.runIf(samples.length === 0)('are not beside this checkout: none of them is tried', () => {
    expect(manifest).toBeUndefined();
  });

  it.each(samples)('$expected $name, trusting nobody', ({ expected, path }) => {
    const { verdict, subIndication, reasons } = verify(readFileSync(path), []);
    switch (expected) {
      case 'OK':
        expect([verdict, subIndication]).toEqual(['indeterminate', 'NO_CERTIFICATE_CHAIN_FOUND']);
        break;
      case 'MODIFIED':
      case 'FORMAT':
        expect(verdict).toBe('failed');
        break;
      case 'TS_BROKEN':
        expect([verdict, subIndication]).toEqual(['indeterminate', 'TIMESTAMP_ORDER_FAILURE']);
        break;
      case 'INDET':
        // An encrypted document that opens without a password is verified like any other.
        expect([verdict, subIndication]).toEqual([
          'indeterminate',
          reasons.includes('encrypted') ? 'NO_CERTIFICATE_CHAIN_FOUND' : 'SIGNED_DATA_NOT_FOUND',
        ]);
        break;
      case 'NOSIG':
        expect(verdict).toBe('no-signature');
        break;
      default:
        expect(['failed', 'indeterminate']).toContain(verdict);
    }
  });

  // Trust must not be the only thing between a forgery and a good verdict.
  it.each(samples.filter(({ expected }) => expected !== 'OK'))(
    '$expected $name, trusting all that it brings',
    ({ path }) => {
      const bytes = readFileSync(path);
      const { verdict } = verify(bytes, authoritiesOf(bytes).map(plainAnchor));
      expect(verdict).not.toBe('passed');
    },
  );
});
