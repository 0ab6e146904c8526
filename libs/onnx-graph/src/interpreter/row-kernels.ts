import type { Op } from '../graph.js';
import { computeStrides } from '../shape.js';
import { type Kernel, readIntegers, readNumber } from './kernel.js';
import { listOffsets } from './offsets.js';

const layerNormalization: Kernel = ([x, scale, bias], node) => {
  const width = x!.shape.at(-1)!;
  const rows = x!.data.length / width;
  const epsilon = readNumber(node, 'epsilon', 1e-5);
  const y = new Float64Array(x!.data.length);
  const mean = new Float64Array(rows);
  const invStdDev = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const values = x!.data.subarray(row * width, (row + 1) * width);
    const average = values.reduce((sum, value) => sum + value, 0) / width;
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / width;
    mean[row] = average;
    invStdDev[row] = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < width; i += 1) {
      const normalized = (values[i]! - average) * invStdDev[row]!;
      y[row * width + i] = normalized * scale!.data[i]! + bias!.data[i]!;
    }
  }
  return [y, mean, invStdDev];
};

const softmax: Kernel = ([x], node) => {
  const axis = readNumber(node, 'axis', -1);
  const step = computeStrides(x!.shape)[axis]!;
  const starts = listOffsets(x!.shape.with(axis, 1), computeStrides(x!.shape));
  const y = new Float64Array(x!.data.length);
  for (const start of starts) {
    const along = Array.from({ length: x!.shape[axis]! }, (_, i) => start + i * step);
    const largest = Math.max(...along.map((offset) => x!.data[offset]!));
    for (const offset of along) y[offset] = Math.exp(x!.data[offset]! - largest);
    const sum = along.reduce((total, offset) => total + y[offset]!, 0);
    for (const offset of along) y[offset]! /= sum;
  }
  return [y];
};

const argMax: Kernel = ([x], node) => {
  const axis = readNumber(node, 'axis', 0);
  const step = computeStrides(x!.shape)[axis]!;
  const starts = listOffsets(x!.shape.with(axis, 1), computeStrides(x!.shape));
  return [
    Float64Array.from(starts, (start) => {
      let best = 0;
      for (let i = 1; i < x!.shape[axis]!; i += 1) {
        if (x!.data[start + i * step]! > x!.data[start + best * step]!) best = i;
      }
      return best;
    }),
  ];
};

/** Sums over axes; for the mean, divided by how many elements went into each. */
function createReduction(isMean: boolean): Kernel {
  return ([x, axesInput], node) => {
    const axes = readIntegers(node, 'axes') ?? Array.from(axesInput!.data);
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const strides = computeStrides(kept).map((step, axis) => (axes.includes(axis) ? 0 : step));
    const targets = listOffsets(x!.shape, strides);
    const result = new Float64Array(kept.reduce((product, size) => product * size, 1));
    for (let i = 0; i < targets.length; i += 1) result[targets[i]!]! += x!.data[i]!;
    const divisor = isMean ? x!.data.length / result.length : 1;
    return [result.map((sum) => sum / divisor)];
  };
}

/** Statistics along axes. */
export const rowKernels = {
  ArgMax: argMax,
  LayerNormalization: layerNormalization,
  Softmax: softmax,
  ReduceSum: createReduction(false),
  ReduceMean: createReduction(true),
} satisfies Partial<Record<Op, Kernel>>;
