import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { plainAnchor } from '../../core/documents/signing/trust-evaluation.ts';
import type { TrustContext } from '../../core/documents/signing/trust-evaluation.ts';
import { createTestAuthority } from '../../core/documents/signing/testing/authority.ts';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { defaultLimits } from '../../core/documents/verification/limits.ts';
import { makeSubjects } from '../../core/documents/verification/testing/mutation-subjects.ts';
import type { MutationKind, MutationSubject } from '../../core/documents/verification/testing/mutation-subjects.ts';
import { verifyDocument } from '../../core/documents/verification/verify-document.ts';

/*
 * `npm run mutations -- --from SEED --count N --kind cms|xml|asic --out FOLDER`: N changed documents of each kind and subject,
 * each by its own seed, so that a run goes on where another ended and a finding is made again. Ends with 1 when one of them
 * breaks the verifier, takes longer than the limit allows, or passes with something forged; those are kept in the folder.
 * The keys are new each time: where a change falls depends a little on the length of what they sign.
 */
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '2000' },
    kind: { type: 'string', multiple: true, default: ['cms', 'xml', 'asic'] },
    out: { type: 'string' },
  },
});
const kinds = (['cms', 'xml', 'asic'] as const).filter((kind) => values.kind.includes(kind));
const from = Number(values.from);
const count = Number(values.count);
if (!Number.isInteger(from) || !Number.isInteger(count) || count < 1 || kinds.length === 0) {
  process.stderr.write('Uso: npm run mutations -- [--from N] [--count N] [--kind cms|xml|asic] [--out CARPETA]\n');
  process.exit(2);
}

type Finding = Readonly<{ what: string; mutant: Buffer }>;

const authority = createTestAuthority();
try {
  const anchors = [plainAnchor(authority.root), plainAnchor(authority.intermediate)];
  const trust = { anchors, at: new Date(Date.now() + 60_000), ocsps: [], crls: [authority.crl()] };
  let isClean = true;
  for (const kind of kinds)
    for (const subject of makeSubjects(authority, kind)) isClean = run(kind, subject, trust) && isClean;
  process.exitCode = isClean ? 0 : 1;
} finally {
  authority.dispose();
}

function run(kind: MutationKind, subject: MutationSubject, trust: TrustContext): boolean {
  const verdicts = new Map<string, number>();
  let findings = 0;
  let slowest = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const start = performance.now();
    const { verdict, finding } = judge(seed, subject, trust);
    const taken = performance.now() - start;
    slowest = Math.max(slowest, taken);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    const slow = taken > defaultLimits.milliseconds ? { what: `${taken} ms`, mutant: Buffer.alloc(0) } : null;
    for (const found of [finding, slow]) {
      if (found === null) continue;
      findings += 1;
      process.stdout.write(`${kind} ${subject.name} seed ${seed}: ${found.what}\n`);
      if (values.out === undefined) continue;
      mkdirSync(values.out, { recursive: true });
      writeFileSync(path.join(values.out, `${kind}-${subject.name}-${seed}`.replaceAll(' ', '-')), found.mutant);
    }
  }
  const told = [...verdicts].map(([verdict, times]) => `${verdict} ${times}`).toSorted();
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  const line = [`${kind} ${subject.name}: ${count} from ${from}`, ...told, `findings ${findings}`];
  process.stdout.write(`${line.join(', ')}, slowest ${Math.round(slowest)} ms, memory ${memory} MB\n`);
  return findings === 0;
}

function judge(
  seed: number,
  { detached, mutate, findForged }: MutationSubject,
  trust: TrustContext,
): Readonly<{ verdict: string; finding: Finding | null }> {
  const mutant = mutate(seededRandom(seed));
  try {
    const { verdict } = verifyDocument(mutant, { trust, detached });
    const forged = verdict === 'passed' ? findForged(mutant) : [];
    const [fact] = forged;
    return { verdict, finding: fact === undefined ? null : { what: `passed with ${fact.slice(0, 200)}`, mutant } };
  } catch (error) {
    return {
      verdict: 'crash',
      finding: { what: error instanceof Error ? String(error.stack) : String(error), mutant },
    };
  }
}
