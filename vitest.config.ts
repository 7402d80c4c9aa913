import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/**/*.test.ts'], exclude: ['test/tools/**', 'test/engines/**'], testTimeout: 120_000 },
});
