import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Each is a script with dozens of programs, which take their time where much else runs.
  test: { name: 'test-cluster', include: ['*.test.mjs'], testTimeout: 60_000 },
});
