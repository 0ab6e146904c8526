/** Where TensorFlow.js computes, the fastest first. */
export const backEndNames = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const;

export type BackEndName = (typeof backEndNames)[number];

/** A back end that loaded and computes. */
export interface BackEnd {
  readonly name: BackEndName;
  /** Of TensorFlow.js. */
  readonly version: string;
  /** Of the native library, where there is one. */
  readonly library?: string | undefined;
  /** `GPU` only if TensorFlow says that it computes on one. */
  readonly device: 'CPU' | 'GPU';
}

/** A back end that was tried. */
export type BackEndTrial = { readonly name: BackEndName } & (
  | { readonly works: true; readonly backEnd: BackEnd }
  | { readonly works: false; readonly reason: string }
);

/** `TensorFlow.js 4.22.0 on wasm, CPU` */
export function describeBackEnd({ name, version, library, device }: BackEnd): string {
  const native = library === undefined ? '' : ` (TensorFlow ${library})`;
  return `TensorFlow.js ${version} on ${name}${native}, ${device}`;
}
