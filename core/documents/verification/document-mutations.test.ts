import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { seededRandom } from '../signing/testing/mutations.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { TrustContext } from '../signing/trust-evaluation.ts';
import { makeSubjects } from './testing/mutation-subjects.ts';
import type { MutationKind } from './testing/mutation-subjects.ts';
import { verifyDocument } from './verify-document.ts';

let authority: TestAuthority;
let trust: TrustContext;

beforeAll(() => {
  authority = createTestAuthority();
  const anchors = [plainAnchor(authority.root), plainAnchor(authority.intermediate)];
  trust = { anchors, at: new Date(Date.now() + 60_000), ocsps: [], crls: [authority.crl()] };
}, 60_000);
afterAll(() => {
  authority.dispose();
});

// The long run is `npm run mutations`.
it.each<[MutationKind, number]>([
  ['cms', 75],
  ['xml', 75],
  ['asic', 100],
])(
  'a changed document (%s) passes only when what is signed is what was signed',
  (kind, count) => {
    for (const { name, document, detached, mutate, findForged } of makeSubjects(authority, kind)) {
      expect([name, verifyDocument(document, { trust, detached })]).toMatchObject([name, { verdict: 'passed' }]);
      const verdicts = new Set<string>();
      for (let seed = 0; seed < count; seed += 1) {
        const mutant = mutate(seededRandom(seed));
        const { verdict } = verifyDocument(mutant, { trust, detached });
        verdicts.add(verdict);
        if (verdict === 'passed') expect([name, seed, findForged(mutant)]).toEqual([name, seed, []]);
      }
      // The changes are of all kinds, harmless ones included.
      expect([...verdicts]).toEqual(expect.arrayContaining(['failed', 'indeterminate', 'passed']));
    }
  },
  120_000,
);
