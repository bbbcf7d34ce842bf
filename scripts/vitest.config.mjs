import { defineConfig } from 'vitest/config';

// Real authorities, tokens and databases start slowly on a busy machine; no test asserts on time.
// A reader, a scanner or a killed process may miss its moment once on a machine that does other work; never twice.
const patience = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  retry: 1,
  execArgv: [
    // As central/database/embedded-database.ts, for what loads WebAssembly before it.
    '--wasm-wrapper-tiering-budget=2147483647',
    // Each raw page is 26 MB outside of V8's heap, which otherwise is swept after every other one: a quarter of the processor time.
    '--external-memory-accounted-in-global-limit',
  ],
};

const left = ['**/node_modules/**', '**/build/**', '**/dist/**'];

// Tests beside the code that need minutes because their parts are real ones: readers, scanners, databases that are killed,
// whole pages. `npm run check` leaves them to `npm test`.
const slowParts = [
  'central/**/*.test.ts',
  'demo/**/*.test.ts',
  'core/imaging/**/*.test.ts',
  'core/store/*.test.ts',
  'native/twain-scanner-bridge/**/*.test.ts',
];

// One reader of cards serves one of them at a time.
const onReaders = [
  'demo/card/card-pulled.test.ts',
  'demo/card/pin-pad.test.ts',
  'demo/card/virtual-card.test.ts',
  'tests/integration/signing-batch-card.test.ts',
  'tests/integration/signing-batch-pin-each-time.test.ts',
];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    // Most files wait for programs that they start: on two cores three of them at a time keep both busy.
    maxWorkers: 3,
    // A process keeps what is dear to load and to compile for the files that follow: each cleans up after itself.
    isolate: false,
    projects: [
      {
        test: {
          ...patience,
          name: 'unit',
          include: [
            '{core,native,renderer,chromium,electron}/**/*.test.{ts,tsx}',
            'scripts/**/*.test.mjs',
            'tests/walls/**/*.test.ts',
          ],
          exclude: [...left, ...slowParts],
        },
      },
      {
        test: {
          ...patience,
          name: 'parts',
          include: slowParts,
          exclude: [...left, ...onReaders],
          env: { FONTCONFIG_FILE: new URL('../core/imaging/drawn-page-fonts.conf', import.meta.url).pathname },
        },
      },
      {
        test: {
          ...patience,
          name: 'integration',
          include: ['tests/{integration,faults}/**/*.test.ts'],
          exclude: [...left, ...onReaders],
        },
      },
      { test: { ...patience, name: 'readers', include: onReaders, fileParallelism: false } },
    ],
  },
});
