import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = fileURLToPath(new URL('./doors.ts', import.meta.url));

test.each([
  ['--rounds', 'x'],
  ['--rounds', '0'],
  ['--seed', 'x'],
])('a run of %s %s is none, and not one that found nothing', (option, value) => {
  const { status, stderr } = spawnSync(process.execPath, [command, option, value], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, expect.stringContaining('--rounds N')]);
});
