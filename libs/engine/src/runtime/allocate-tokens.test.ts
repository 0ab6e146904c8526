import { expect, it } from 'vitest';
import { createArena } from '../memory/arena.js';
import { findRole } from '../memory/tensor-role.js';
import { allocateTokens } from './allocate-tokens.js';
import type { TowerParts } from './tower-parts.js';

/** Five layers: four blocks and the final piece, of which this reads nothing but the shape of tokens. */
const parts = {
  arena: createArena(),
  config: { layers: 5 },
  blocks: { activations: { inner: { definition: { outputShape: [6, 2] } } } },
  embedsOnHost: true,
} as unknown as TowerParts<never>;

it('takes turns with two buffers between the ends, which have their own', () => {
  const tokens = allocateTokens(parts, false);
  const [x0, x1, x2, x3, x4] = [0, 1, 2, 3, 4].map(tokens);
  expect(new Set([x0, x1, x2, x3, x4]).size).toBe(4);
  expect(x3).toBe(x1);
});

it('gives every layer its own where all are kept, the same one each time', () => {
  const tokens = allocateTokens(parts, true);
  const all = [0, 1, 2, 3, 4].map(tokens);
  expect(new Set(all).size).toBe(5);
  expect([0, 1, 2, 3, 4].map(tokens)).toEqual(all);
});

it.each([
  [true, [0, 4]],
  [false, [4]],
])(
  'lets everything stay on a device but what the processor embeds (%s) and pools',
  (embedsOnHost, onHost) => {
    for (const keep of [true, false]) {
      const tokens = allocateTokens({ ...parts, embedsOnHost }, keep);
      const layers = [0, 1, 2, 3, 4];
      expect(layers.filter((layer) => findRole(tokens(layer)) === undefined)).toEqual(onHost);
    }
  },
);
