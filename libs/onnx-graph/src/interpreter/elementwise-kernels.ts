import type { Op } from '../graph.js';
import { computeErf } from './erf.js';
import { type Kernel, readNumber } from './kernel.js';
import { listBroadcastOffsets } from './offsets.js';

function createElementwiseKernel(compute: (...operands: number[]) => number): Kernel {
  return (inputs, node) => {
    const { shape } = node.outputs[0]!;
    const offsets = inputs.map((input) => listBroadcastOffsets(shape, input.shape));
    const result = new Float64Array(offsets[0]!.length);
    for (let i = 0; i < result.length; i += 1) {
      result[i] = compute(...inputs.map(({ data }, operand) => data[offsets[operand]![i]!]!));
    }
    return [result];
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const quickGelu: Kernel = (inputs, node) => {
  const alpha = readNumber(node, 'alpha', 1.702);
  return createElementwiseKernel((x) => x! * sigmoid(alpha * x!))(inputs, node);
};

/** Towards zero for int64, as a C cast. */
const cast: Kernel = (inputs, node) => {
  const to = node.outputs[0]!.dataType;
  const convert = {
    float32: (x: number) => x,
    int64: Math.trunc,
    bool: (x: number) => Number(x !== 0),
  };
  return createElementwiseKernel((x) => convert[to](x!))(inputs, node);
};

/** One number out per number in, operands broadcast. */
export const elementwiseKernels = {
  Add: createElementwiseKernel((a, b) => a! + b!),
  Sub: createElementwiseKernel((a, b) => a! - b!),
  Mul: createElementwiseKernel((a, b) => a! * b!),
  Div: createElementwiseKernel((a, b) => a! / b!),
  Pow: createElementwiseKernel((a, b) => a! ** b!),
  Greater: createElementwiseKernel((a, b) => Number(a! > b!)),
  Less: createElementwiseKernel((a, b) => Number(a! < b!)),
  Where: createElementwiseKernel((condition, a, b) => (condition ? a! : b!)),
  Cast: cast,
  Neg: createElementwiseKernel((x) => -x!),
  Reciprocal: createElementwiseKernel((x) => 1 / x!),
  Sqrt: createElementwiseKernel((x) => Math.sqrt(x!)),
  Exp: createElementwiseKernel((x) => Math.exp(x!)),
  Log: createElementwiseKernel((x) => Math.log(x!)),
  Sigmoid: createElementwiseKernel((x) => sigmoid(x!)),
  Tanh: createElementwiseKernel((x) => Math.tanh(x!)),
  Erf: createElementwiseKernel((x) => computeErf(x!)),
  QuickGelu: quickGelu,
  Gelu: createElementwiseKernel((x) => (x! * (1 + computeErf(x! * Math.SQRT1_2))) / 2),
} satisfies Partial<Record<Op, Kernel>>;
