import type { SavedValue } from '@holdfast/autodiff';
import type { Graph } from '@holdfast/onnx-graph';
import { buildPieceGraphs, type Keeping, outputName } from '../graphs/build-piece-graphs.js';
import type { PieceDefinition } from '../graphs/piece-definition.js';
import type { LoadGraph } from './graph-loader.js';
import type { InPlaceSession } from './in-place-session.js';
import { loadOnce } from './load-once.js';

/** A part of a tower with its sessions. Layers of one shape share it. */
export interface Piece {
  readonly definition: PieceDefinition;
  /** What forward keeps for backward besides its inputs and its result. */
  readonly saved: readonly SavedValue[];
  readonly forward: InPlaceSession;
  /** Absent where nothing goes back. */
  readonly backward?: InPlaceSession;
}

/** Builds the graphs of a piece; each is loaded when it is first run. */
export function createPiece(definition: PieceDefinition, keeping: Keeping, load: LoadGraph): Piece {
  const { forward, backward, saved } = buildPieceGraphs(definition, keeping);
  // The result itself has a buffer already.
  const others = saved.filter(({ name }) => name !== outputName);
  return {
    definition,
    saved: others,
    forward: loadWhenRun(forward, load),
    ...(backward && { backward: loadWhenRun(backward, load) }),
  };
}

function loadWhenRun(graph: Graph, load: LoadGraph): InPlaceSession {
  const find = loadOnce(() => load(graph));
  return {
    inputNames: graph.inputs.map(({ name }) => name),
    async run(feeds, outputs) {
      await (await find()).run(feeds, outputs);
    },
  };
}
