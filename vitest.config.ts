import { defineConfig } from 'vitest/config';

// A cluster is Linux's alone.
const cluster = process.platform === 'linux' ? ['deploy/test-cluster'] : [];

export default defineConfig({
  test: {
    projects: ['libs/*', 'services/*', 'apps/*', 'scripts', ...cluster],
    // One less, the default, left half of a machine of two idle while tests waited for processes of their own.
    maxWorkers: '100%',
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
