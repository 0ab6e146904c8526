// Bundles TensorFlow.js into gen/tfjs.cjs: its core with every gradient and chained operation, and the back ends that
// need no native library. From npm the core alone registers no gradient, and the package that does weighs 140 MB.
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const target = fileURLToPath(new URL('../gen/', import.meta.url));
const entry = '\0tfjs';
const source = `
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-backend-cpu';
export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
export * from '@tensorflow/tfjs-core';
`;

const bundle = await rolldown({
  input: entry,
  platform: 'node',
  resolve: { mainFields: ['module', 'main'] },
  plugins: [
    {
      name: 'entry',
      resolveId: (id) => (id === entry ? id : undefined),
      load: (id) => (id === entry ? { code: source, moduleSideEffects: true } : undefined),
    },
  ],
});
await bundle.write({ file: join(target, 'tfjs.cjs'), format: 'cjs' });
await bundle.close();

const require = createRequire(import.meta.url);
const wasm = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
mkdirSync(target, { recursive: true });
for (const name of ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']) {
  copyFileSync(join(wasm, name), join(target, name));
}
