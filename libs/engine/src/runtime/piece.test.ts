import { expect, it } from 'vitest';
import { pieces } from '../test-support/pieces.js';
import { createPiece } from './piece.js';

it('loads a session once, and anew after it could not be loaded', async () => {
  let loads = 0;
  const load = async () => {
    loads += 1;
    if (loads === 1) throw new Error('no memory for a moment');
    return { inputNames: [], run: async () => {} };
  };
  const { forward } = createPiece(pieces[0]![1], 'activations', load);
  const runTwice = () => Promise.allSettled([forward.run({}, {}), forward.run({}, {})]);
  expect((await runTwice()).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect((await runTwice()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  await forward.run({}, {});
  expect(loads).toBe(2);
});
