import { createGraphCore, type GraphCore } from './graph-core.js';
import { createElementwiseOps, type ElementwiseOps } from './ops/elementwise.js';
import { createIndexingOps, type IndexingOps } from './ops/indexing.js';
import { createLayoutOps, type LayoutOps } from './ops/layout.js';
import { createLinearOps, type LinearOps } from './ops/linear.js';
import { createNormalizationOps, type NormalizationOps } from './ops/normalization.js';
import { createPartitionOps, type PartitionOps } from './ops/partition.js';
import { createReductionOps, type ReductionOps } from './ops/reduction.js';

/**
 * Builds one graph: a method per operator, each of which infers the shape of its result.
 *
 * A combination of shapes that an operator cannot take is a RangeError that names the node and
 * every input's shape.
 */
export type GraphBuilder = GraphCore &
  ElementwiseOps &
  IndexingOps &
  LayoutOps &
  LinearOps &
  NormalizationOps &
  PartitionOps &
  ReductionOps;

/** Makes an empty builder; `name` is the graph's name in the serialised model. */
export function createGraphBuilder(name: string): GraphBuilder {
  const core = createGraphCore(name);
  return {
    ...core,
    ...createElementwiseOps(core),
    ...createIndexingOps(core),
    ...createLayoutOps(core),
    ...createLinearOps(core),
    ...createNormalizationOps(core),
    ...createPartitionOps(core),
    ...createReductionOps(core),
  };
}
