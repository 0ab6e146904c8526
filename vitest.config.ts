import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['libs/*', 'services/*', 'apps/*', 'scripts'],
    coverage: {
      provider: 'v8',
      include: ['libs/*/src/**/*.ts'],
      exclude: [
        '**/*.test.ts',
        '**/test-support/**',
        'libs/testing/**',
        '**/gen/**',
        '**/index.ts',
      ],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 90 },
    },
  },
});
