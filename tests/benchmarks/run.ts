import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/*
 * `npm run bench -- [NAME]…`: each benchmark in a process of its own, one after another. They print medians and ratios
 * against a limit or a peer of the same run; the machine's load is printed with them, because figures of a busy machine
 * compare with nothing but themselves.
 */
const benchmarks = {
  store: ['store-benchmark.ts', '--records', '5000'],
  large: ['large-desk-benchmark.ts', '--records', '20000'],
  drain: ['drain-benchmark.ts', '--records', '200'],
  imaging: ['imaging-benchmark.ts'],
  accuracy: ['page-accuracy.ts', '--each', '4'],
  secondFlow: ['second-flow.ts'],
  text: ['text.ts'],
  verification: ['verification.ts'],
  signing: ['signing.ts'],
  scanner: ['scanner-memory.ts'],
  scannerCancel: ['scanner-cancel.ts'],
  centre: ['centre.ts'],
} as const satisfies Record<string, readonly string[]>;

/** What is asked for with another by its name. */
const partOf: Readonly<Record<string, string>> = { scannerCancel: 'scanner' };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(`No hay medida «${unknown.join('», «')}». Las hay de: ${Object.keys(benchmarks).join(', ')}.\n`);
  process.exit(2);
}

let exitCode = 0;
for (const [name, [file, ...commandArguments]] of Object.entries(benchmarks)) {
  if (asked.length > 0 && !asked.includes(name) && !asked.includes(partOf[name] ?? '')) continue;
  const entry = path.join(import.meta.dirname, file);
  if (!existsSync(entry)) continue;
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(process.execPath, [entry, ...commandArguments], { stdio: 'inherit' });
  if (status !== 0) exitCode = 1;
}
process.exit(exitCode);
