import { defineConfig } from 'vitest/config';

// The claims about pip, venv, uv, poetry, pipenv, pdm and shells, against the real ones: see scripts/install-tools.sh.
// The verbose reporter names each claim, and behind a skipped one why it is skipped.
export default defineConfig({
  test: {
    include: ['test/tools/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['verbose'],
    maxWorkers: '100%',
  },
});
