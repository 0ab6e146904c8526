import type { KernelConfig, KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { Tf } from '../term-module.js';

/** What kernels use of the wasm back end. */
interface WasmBackend {
  makeOutput(shape: readonly number[], dtype: string): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
  readSync(dataId: object): ArrayLike<number>;
  disposeData(dataId: object): void;
}

interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly backend: WasmBackend;
  readonly attrs: NamedAttrMap;
}

/** Mends what the wasm back end of TensorFlow.js 4.22 lacks or does slowly. Called after it started. */
export function fixWasm(tf: Tf): void {
  transposeBeforeProducts(tf);
  register(tf, 'UnsortedSegmentSum', sumSegments);
}

function register(tf: Tf, kernelName: string, call: (call: KernelCall) => TensorInfo): void {
  const kernelFunc = call as unknown as KernelFunc;
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc } satisfies KernelConfig);
}

/**
 * Products with a transposed factor, of which every gradient of a product has one, leave the fast kernel for a loop
 * that takes 3 to 6 times as long; a transposition costs next to nothing. Batches of products stay as they are: single
 * products in turn are slower.
 */
function transposeBeforeProducts(tf: Tf): void {
  const product = tf.getKernel('BatchMatMul', 'wasm').kernelFunc;
  const transposition = tf.getKernel('Transpose', 'wasm').kernelFunc;
  const run = (kernel: KernelFunc, call: KernelCall) =>
    kernel(call as unknown as Parameters<KernelFunc>[0]) as TensorInfo;
  tf.unregisterKernel('BatchMatMul', 'wasm');
  register(tf, 'BatchMatMul', ({ inputs, backend, attrs }) => {
    const made: TensorInfo[] = [];
    const settle = (tensor: TensorInfo, isTransposed: unknown): [TensorInfo, boolean] => {
      const { shape } = tensor;
      const isBatch = shape.slice(0, -2).some((size) => size !== 1);
      if (!isTransposed || isBatch) return [tensor, Boolean(isTransposed)];
      const perm = shape.map((_, axis) => axis);
      perm.push(...perm.splice(-2).reverse());
      made.push(run(transposition, { inputs: { x: tensor }, backend, attrs: { perm } }));
      return [made.at(-1)!, false];
    };
    const [a, transposeA] = settle(inputs['a']!, attrs['transposeA']);
    const [b, transposeB] = settle(inputs['b']!, attrs['transposeB']);
    const attributes = { ...attrs, transposeA, transposeB };
    const result = run(product, { inputs: { a, b }, backend, attrs: attributes });
    for (const { dataId } of made) backend.disposeData(dataId);
    return result;
  });
}

/**
 * out[s] = sum of the rows x[i] whose segmentIds[i] is s; the gradient of `gather` (tfjs#8082). Shapes: x is
 * [rows, ...], segmentIds [rows], out [numSegments, ...]. A negative segment is left out.
 */
function sumSegments({ inputs, backend, attrs }: KernelCall): TensorInfo {
  const [x, segmentIds] = [inputs['x']!, inputs['segmentIds']!];
  const output = backend.makeOutput([attrs['numSegments'] as number, ...x.shape.slice(1)], x.dtype);
  const values = backend.readSync(x.dataId);
  const segments = backend.readSync(segmentIds.dataId);
  const width = x.shape.slice(1).reduce((product, size) => product * size, 1);
  const sums = backend.typedArrayFromHeap(output).fill(0);
  for (let row = 0; row < segments.length; row += 1) {
    const segment = segments[row]!;
    if (segment < 0) continue;
    for (let j = 0; j < width; j += 1) sums[segment * width + j]! += values[row * width + j]!;
  }
  return output;
}
