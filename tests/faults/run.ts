import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

/*
 * `npm run faults -- --rounds N`: the store's own fault tests with as many rounds as asked. Each round kills the desk
 * (SIGKILL) while it registers and checks what a person was shown against what the disk holds; then single input-output
 * faults are injected at N writes, fsyncs and renames. Ends with the number of tests that passed and failed.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write('Uso: npm run faults -- --rounds N\n');
  process.exit(2);
}

const root = path.join(import.meta.dirname, '..', '..');
const result = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'scripts/vitest.config.mjs',
    '--project',
    'unit',
    '--testTimeout=86400000',
    'core/store/crash.test.ts',
    'core/store/io-fault.test.ts',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, VENTANILLA_KILL_ROUNDS: String(rounds), VENTANILLA_FAULT_STEPS: String(rounds) },
  },
);
process.exit(result.status ?? 1);
