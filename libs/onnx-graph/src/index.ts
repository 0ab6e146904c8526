export { dropUnread } from './drop-unread.js';
export { expandActivations } from './expand-activations.js';
export { expandFusedProducts } from './expand-fused-products.js';
export { fuseTransposes } from './fuse-transposes.js';
export type {
  Attribute,
  Constant,
  ConstantData,
  DataType,
  Domain,
  Graph,
  GraphOutput,
  Node,
  Op,
  Value,
} from './graph.js';
export { createGraphBuilder, type GraphBuilder } from './graph-builder.js';
export type { GraphCore, NodeDraft } from './graph-core.js';
export { type Feed, interpretGraph } from './interpreter/interpret-graph.js';
export { openBatch } from './open-batch.js';
export type { Operand } from './ops/elementwise.js';
export type { FusedMatMulOptions, GemmOptions } from './ops/linear.js';
export type { LayerNormalization } from './ops/normalization.js';
export { scheduleForMemory } from './schedule-for-memory.js';
export {
  broadcastShapes,
  computeStrides,
  countElements,
  formatShape,
  isSameShape,
} from './shape.js';
