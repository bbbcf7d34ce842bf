import { join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';

/**
 * Bundles the shell for Electron's own Node: `dist/electron/{main.js,services-relay.js,preload.cjs}`. CommonJS, because
 * it runs at once: a module is loaded in steps, and Electron may be ready before its schemes are registered.
 */
const root = join(import.meta.dirname, '..');
const out = join(root, 'dist', 'electron');
for (const [input, file] of [
  ['main.ts', 'main.js'],
  ['services-relay.ts', 'services-relay.js'],
  ['preload.ts', 'preload.cjs'],
]) {
  const bundle = await rolldown({
    input: join(root, 'electron', input),
    platform: 'node',
    external: ['electron', /^node:/u],
  });
  await bundle.write({ file: join(out, file), format: 'cjs', codeSplitting: false });
  await bundle.close();
}
await mkdir(out, { recursive: true });
await writeFile(join(out, 'package.json'), '{ "type": "commonjs" }\n');
