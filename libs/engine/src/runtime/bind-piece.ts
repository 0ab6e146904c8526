import {
  accumulatorName,
  cotangentName,
  gradientName,
  listTrained,
  outputName,
} from '../graphs/build-piece-graphs.js';
import type { Arena } from '../memory/arena.js';
import type { ArrayName, GradientArray } from '../memory/array-name.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import { assignRole } from '../memory/tensor-role.js';
import { Tensor } from '../native/onnxruntime.js';
import type { Tensors } from './in-place-session.js';
import type { Piece } from './piece.js';

/** What one forward pass of a piece fills. */
export interface PieceBuffers {
  readonly output: Tensor;
  readonly saved: Tensors;
}

/** Where a backward pass reads and writes what is not a parameter. */
export interface PieceGradients {
  /** Gradient with respect to the output. */
  readonly cotangent: Tensor;
  /** Gradients with respect to the differentiable inputs, by their names. */
  readonly inputs: Tensors;
}

/** One piece with the parameters of one layer and the buffers of one chunk. */
export interface BoundPiece {
  /** Fills the output and what is kept. */
  forward(array: ArrayName): Promise<void>;
  /** Fills the inputs' gradients and adds to the array `target`; nothing where nothing goes back. */
  backward(array: ArrayName, target: GradientArray): Promise<void>;
}

export interface PieceBinding {
  readonly piece: Piece;
  readonly store: ParameterStore;
  /** What stands before the piece's parameter names: `vision_model.encoder.layers.0.`. */
  readonly prefix: string;
  readonly inputs: Tensors;
  readonly buffers: PieceBuffers;
  /** Absent where nothing goes back. */
  readonly gradients?: PieceGradients;
}

/** A float32 tensor over a buffer of its own. */
export function allocateTensor(arena: Arena, shape: readonly number[]): Tensor {
  const elements = shape.reduce((product, size) => product * size, 1);
  return new Tensor('float32', arena.allocate(elements), shape);
}

/** The elements of a float32 tensor. */
export function dataOf(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}

/** Buffers for what a piece keeps. */
export function allocateSaved(arena: Arena, piece: Piece): Tensors {
  return Object.fromEntries(
    piece.saved.map(({ name, shape }) => [
      name,
      assignRole(allocateTensor(arena, shape), { kind: 'kept' }),
    ]),
  );
}

/** Collects, once, everything that the sessions are fed and fill: a call then allocates nothing. */
export function bindPiece(binding: PieceBinding): BoundPiece {
  const { piece, buffers, gradients } = binding;
  const forwardFeeds = new Map<string, Tensors>();
  const backwardFeeds = new Map<string, Tensors>();
  const forwardFetches = { [outputName]: buffers.output, ...buffers.saved };
  const backwardFetches = new Map<string, Tensors>();
  return {
    async forward(array) {
      const feeds = recall(forwardFeeds, array, () =>
        listFeeds(binding, piece.forward.inputNames, array),
      );
      await piece.forward.run(feeds, forwardFetches);
    },
    async backward(array, target) {
      const { backward } = piece;
      if (backward === undefined) return;
      const feeds = recall(backwardFeeds, `${array} ${target}`, () =>
        listFeeds(binding, backward.inputNames, array, target),
      );
      const fetches = recall(backwardFetches, target, () =>
        gradients === undefined ? {} : listFetches(binding, gradients, target),
      );
      await backward.run(feeds, fetches);
    },
  };
}

function recall(cache: Map<string, Tensors>, key: string, make: () => Tensors): Tensors {
  let found = cache.get(key);
  if (found === undefined) {
    found = make();
    cache.set(key, found);
  }
  return found;
}

function listFeeds(
  binding: PieceBinding,
  names: readonly string[],
  array: ArrayName,
  target?: GradientArray,
): Tensors {
  const { piece, store, prefix, inputs, buffers, gradients } = binding;
  const known: Tensors = { ...inputs, ...buffers.saved, [outputName]: buffers.output };
  if (gradients !== undefined) known[cotangentName] = gradients.cotangent;
  for (const { name, shape } of piece.definition.parameters) {
    known[name] = store.tensor(array, prefix + name, shape);
  }
  if (target !== undefined) {
    for (const { name, shape } of listTrained(piece.definition)) {
      known[accumulatorName(name)] = store.tensor(target, prefix + name, shape);
    }
  }
  return Object.fromEntries(names.map((name) => [name, known[name]!]));
}

/** Parameter gradients are written over the accumulators that they were added to. */
function listFetches(
  { piece, store, prefix }: PieceBinding,
  gradients: PieceGradients,
  target: GradientArray,
): Tensors {
  const fetches: Tensors = {};
  for (const { name, shape } of listTrained(piece.definition)) {
    fetches[gradientName(name)] = store.tensor(target, prefix + name, shape);
  }
  for (const { name, differentiable } of piece.definition.inputs) {
    const tensor = gradients.inputs[name];
    if (differentiable && tensor) fetches[gradientName(name)] = tensor;
  }
  return fetches;
}
