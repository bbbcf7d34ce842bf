import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServicesChild } from './services-child.ts';

/** In the place of the services: says how it was started, and waits. */
const entrySource = `
process.send({ type: 'event', flags: process.execArgv, settings: process.env.VENTANILLA_SETTINGS, tunables: process.env.GLIBC_TUNABLES });
setInterval(() => undefined, 60_000);
`;

test('the process of the services starts with a small young generation, and gives back what pages took', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-services-'));
  const entry = join(folder, 'entry.mjs');
  writeFileSync(entry, entrySource);
  const told = Promise.withResolvers<unknown>();
  const child = startServicesChild({
    entry,
    settingsFile: join(folder, 'settings.json'),
    onMessage: told.resolve,
    onGone: () => told.reject(new Error('it ended by itself')),
  });
  try {
    expect(await told.promise).toMatchObject({
      flags: ['--max-semi-space-size=4'],
      settings: join(folder, 'settings.json'),
      tunables: expect.stringContaining('glibc.malloc.mmap_threshold=1048576'),
    });
  } finally {
    await child.close();
    rmSync(folder, { recursive: true });
  }
});
