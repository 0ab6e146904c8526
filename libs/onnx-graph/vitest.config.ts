import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@holdfast/source'] } },
  test: { name: 'onnx-graph', include: ['src/**/*.test.ts'], testTimeout: 60_000, isolate: false },
});
