import { defineConfig } from 'vitest/config';

// Images of real engines, read in every way: see scripts/install-engines.sh. A skipped test says why.
export default defineConfig({
  test: {
    include: ['test/engines/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: ['verbose'],
    fileParallelism: false,
  },
});
