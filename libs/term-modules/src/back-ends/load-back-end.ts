import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Tf } from '../term-module.js';
import type { BackEnd, BackEndName } from './back-end.js';
import { checkBackEnd } from './check-back-end.js';
import { fixNode } from './fix-node.js';
import { fixWasm } from './fix-wasm.js';
import { registerZeroGradients } from './register-zero-gradients.js';

/** TensorFlow.js on a back end. */
export interface LoadedBackEnd {
  readonly tf: Tf;
  readonly backEnd: BackEnd;
}

const require = createRequire(import.meta.url);
const generated = new URL('../../gen/', import.meta.url);
/** Where `npm run install-tfjs` puts the native one. */
const requireInstalled = createRequire(new URL('../../native/package.json', import.meta.url));

/**
 * Loads TensorFlow.js in this thread, where one back end is loaded at most: its registers are global.
 *
 * @throws Error saying why the back end cannot be had, or computes what is wrong.
 */
export async function loadBackEnd(name: BackEndName): Promise<LoadedBackEnd> {
  const loaded = name === 'wasm' || name === 'cpu' ? await loadPortable(name) : loadNative(name);
  registerZeroGradients(loaded.tf);
  checkBackEnd(loaded.tf);
  return loaded;
}

async function loadPortable(name: 'wasm' | 'cpu'): Promise<LoadedBackEnd> {
  const tf = require(fileURLToPath(new URL('tfjs.cjs', generated))) as Tf & {
    setWasmPaths(folder: string): void;
  };
  // Else the first operation recommends another package to whoever reads the output.
  tf.enableProdMode();
  tf.setWasmPaths(fileURLToPath(generated));
  if (!(await tf.setBackend(name))) throw new Error(`${name} does not start`);
  if (name === 'wasm') fixWasm(tf);
  return { tf, backEnd: { name, version: tf.version_core, device: 'CPU' } };
}

interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

function loadNative(name: 'tfjs-node-gpu' | 'tfjs-node'): LoadedBackEnd {
  fixNode();
  const tf = requireNative(`@tensorflow/${name}`);
  tf.enableProdMode();
  const { binding, isUsingGpuDevice } = tf.backend() as unknown as NodeBackend;
  const device = isUsingGpuDevice ? 'GPU' : 'CPU';
  return { tf, backEnd: { name, version: tf.version_core, library: binding.TF_Version, device } };
}

function requireNative(id: string): Tf {
  for (const load of [requireInstalled, require]) {
    try {
      load.resolve(id);
    } catch {
      continue;
    }
    return load(id) as Tf;
  }
  throw new Error('not installed');
}
