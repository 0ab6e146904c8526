import type { Graph } from '@holdfast/onnx-graph';
import type { InPlaceSession } from './in-place-session.js';

/** Loads a graph where an engine computes. */
export type LoadGraph = (graph: Graph) => Promise<InPlaceSession>;

/** Where an engine computes. */
export interface GraphLoader {
  /** Graphs of one loader share what stays on a device. */
  readonly load: LoadGraph;
  /** Makes what graphs have summed readable on the host. */
  settle(): Promise<void>;
}
