import type { TowerConfig } from '@holdfast/clip';
import { expect, it } from 'vitest';
import { createTransformerBlock } from './transformer-block.js';

const config: TowerConfig = {
  width: 8,
  layers: 1,
  heads: 2,
  mlpWidth: 16,
  layerNormEpsilon: 1e-5,
  activation: 'gelu',
};

it('tells blocks of few long rows from blocks of many short ones', () => {
  const blocks = [
    { tokens: 16, rows: 48 },
    { tokens: 48, rows: 16 },
  ].map((shape) => createTransformerBlock(config, { ...shape, causal: true }));
  const [short, long] = blocks;
  expect(short!.inputs).toEqual(long!.inputs);
  expect(short!.name).not.toBe(long!.name);
});
