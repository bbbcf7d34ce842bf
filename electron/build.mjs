import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Bundles the shell for Electron's own Node: `dist/electron/{main.js,services-relay.js,preload.cjs}`. */
const root = join(import.meta.dirname, '..');
const out = join(root, 'dist', 'electron');
for (const [input, file, format] of [
  ['main.ts', 'main.js', 'esm'],
  ['services-relay.ts', 'services-relay.js', 'esm'],
  ['preload.ts', 'preload.cjs', 'cjs'],
]) {
  const bundle = await rolldown({
    input: join(root, 'electron', input),
    platform: 'node',
    external: ['electron', /^node:/u],
  });
  await bundle.write({ file: join(out, file), format, codeSplitting: false });
  await bundle.close();
}
