import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@holdfast/source'] } },
  test: { name: 'cli', include: ['src/**/*.test.ts'], testTimeout: 240_000, hookTimeout: 120_000 },
});
