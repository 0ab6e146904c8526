import type { SavedValue } from '@holdfast/autodiff';
import { buildPieceGraphs, outputName } from '../graphs/build-piece-graphs.js';
import type { PieceDefinition } from '../graphs/piece.js';
import type { InPlaceSession } from './in-place-session.js';
import type { LoadGraph } from './load-graph.js';

/** A part of a tower with its sessions. Layers of one shape share it. */
export interface Piece {
  readonly definition: PieceDefinition;
  /** What forward keeps for backward besides its inputs and its result. */
  readonly saved: readonly SavedValue[];
  readonly forward: InPlaceSession;
  /** Absent where nothing goes back. */
  readonly backward?: InPlaceSession;
}

/** Builds and loads the sessions of a piece. */
export async function createPiece(definition: PieceDefinition, load: LoadGraph): Promise<Piece> {
  const { forward, backward, saved } = buildPieceGraphs(definition);
  // The result itself has a buffer already.
  const others = saved.filter(({ name }) => name !== outputName);
  return {
    definition,
    saved: others,
    forward: await load(forward),
    ...(backward && { backward: await load(backward) }),
  };
}
