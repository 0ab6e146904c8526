import { createRequire } from 'node:module';

/** Back ends of TensorFlow.js, the fastest first, and the package that brings each. */
const packages = {
  'tensorflow (GPU)': '@tensorflow/tfjs-node-gpu',
  'tensorflow (CPU)': '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs-backend-cpu',
} as const;

/** A back end and the version of its package; null where it is not installed. */
export interface TfjsBackEnd {
  readonly backEnd: string;
  readonly package: string;
  readonly version: string | null;
}

/** Finds the back ends that could be imported from here. None is loaded, and nothing uses one yet. */
export function findTfjs(
  load: (id: string) => unknown = createRequire(import.meta.url),
): readonly TfjsBackEnd[] {
  return Object.entries(packages).map(([backEnd, name]) => ({
    backEnd,
    package: name,
    version: findVersion(name, load),
  }));
}

function findVersion(name: string, load: (id: string) => unknown): string | null {
  try {
    return (load(`${name}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}
