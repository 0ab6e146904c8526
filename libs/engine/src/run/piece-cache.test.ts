import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { Piece } from '../runtime/piece.js';
import { pieces } from '../test-support/pieces.js';
import { createPieceCache } from './piece-cache.js';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('gives towers the sessions that others hold, and forgets those that nobody does', async () => {
  let loads = 0;
  const load = async () => {
    loads += 1;
    return { inputNames: [], run: async () => {} };
  };
  const findPiece = createPieceCache(load);
  const find = () => findPiece(pieces[0]![1], 'activations');
  /** Of a run that ends with the call. */
  const run = async () => {
    await find().forward.run({}, {});
    // What was looked at stays until the job is done.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  };
  let held: Piece | undefined = find();
  for (let i = 0; i < 2; i += 1) await run();
  expect(loads).toBe(1);
  expect(held.definition.name).toBe(pieces[0]![1].name);
  held = undefined;
  for (let i = 0; i < 2; i += 1) await run();
  expect(loads).toBe(2);
});
