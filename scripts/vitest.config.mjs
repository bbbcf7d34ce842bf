import { defineConfig } from 'vitest/config';

// Real authorities, tokens and databases start slowly on a busy machine; no test asserts on time.
const patience = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    projects: [
      {
        test: {
          ...patience,
          name: 'unit',
          include: [
            '{core,native,central,demo,renderer,chromium,electron}/**/*.test.{ts,tsx}',
            'scripts/**/*.test.mjs',
            'tests/walls/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/build/**', '**/dist/**'],
        },
      },
      { test: { ...patience, name: 'integration', include: ['tests/integration/**/*.test.ts'] } },
    ],
  },
});
