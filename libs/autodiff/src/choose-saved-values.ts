import type { Node, Op, Value } from '@holdfast/onnx-graph';

/**
 * Not dearer to compute again than to keep: a few passes over memory, from a value kept anyway. An
 * activation function has the widest result of a block; a layer normalization, which the runtime
 * computes row by row and slowly, is kept.
 */
const RECOMPUTED: ReadonlySet<Op> = new Set<Op>(['Cast', 'Expand', 'Gelu', 'QuickGelu', 'Reshape']);

export interface SavedValues {
  /** Results of forward nodes that the backward pass reads from memory, in order of creation. */
  readonly saved: readonly Value[];
  /** Forward nodes that the backward pass runs again, in order of creation. */
  readonly recomputed: readonly Node[];
}

/**
 * Which results of the forward pass to keep, so that the backward pass has all it reads.
 *
 * Inputs and constants (weights) are at hand and never kept. A Transpose is computed again only
 * where what it transposes is read, too.
 *
 * With `checkpoints` those of them that are read are kept, and everything else is computed again.
 * Source: Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016.
 */
export function chooseSavedValues(
  forward: readonly Node[],
  backward: readonly Node[],
  checkpoints?: ReadonlySet<Value>,
): SavedValues {
  const read = new Set<Value | undefined>(backward.flatMap((node) => node.inputs));
  const saved = new Set<Value>();
  const recomputed: Node[] = [];
  for (const node of forward.toReversed()) {
    const results = node.outputs.filter((output) => read.has(output));
    if (results.length === 0) continue;
    const isTransposed = node.op === 'Transpose' && read.has(node.inputs[0]);
    const isRecomputed =
      checkpoints === undefined
        ? RECOMPUTED.has(node.op) || isTransposed
        : !results.some((result) => checkpoints.has(result!));
    if (isRecomputed) {
      recomputed.push(node);
      for (const input of node.inputs) read.add(input);
    } else for (const result of results) saved.add(result);
  }
  const inOrder = forward.flatMap((node) => node.outputs).filter((value) => saved.has(value));
  return { saved: inOrder, recomputed: recomputed.reverse() };
}
