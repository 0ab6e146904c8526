import { describe, expect, it } from 'vitest';
import { copyChunk } from './batch.js';
import { embedTokens, scatterTokenGradients } from './embed-tokens.js';
import { gatherHeads, scatterHeadGradients } from './gather-heads.js';
import { findEndPosition, maskLaterTokens, poolTokens, unpoolTokens } from './pool-tokens.js';

const f = (...values: number[]) => Float32Array.from(values);

describe('findEndPosition', () => {
  it('finds the first end token, or the first of the highest ids in historical models', () => {
    const tokens = Int32Array.of(8, 3, 9, 4, 9);
    expect(findEndPosition(tokens, { eotPooling: 'first-eos', eosTokenId: 4 })).toBe(3);
    expect(findEndPosition(tokens, { eotPooling: 'argmax', eosTokenId: 2 })).toBe(2);
    // transformers takes the argmax of "is it the end token", which is 0 everywhere.
    expect(findEndPosition(tokens, { eotPooling: 'first-eos', eosTokenId: 7 })).toBe(0);
  });
});

describe('pooling', () => {
  const positions = Int32Array.of(1, 0);

  it('picks a token of each row, and adds its gradient to that token only', () => {
    const x = f(1, 2, 3, 4, 5, 6, 7, 8);
    const pooled = f(0, 0, 0, 0);
    poolTokens(x, positions, pooled);
    expect(pooled).toEqual(f(5, 6, 3, 4));
    const dx = f(0, 0, 1, 1, 2, 2, 0, 0);
    unpoolTokens(f(10, 20, 30, 40), positions, dx);
    expect(dx).toEqual(f(0, 0, 31, 41, 12, 22, 0, 0));
  });

  it('hides later tokens from the pooled one', () => {
    const mask = new Float32Array(4);
    maskLaterTokens(positions, mask);
    expect(mask).toEqual(f(0, 0, 0, -1e9));
  });
});

describe('token embeddings', () => {
  it('add tokens and positions, and sum the gradients of a token that occurs twice', () => {
    const tokens = Int32Array.of(2, 0, 2, 2);
    const tables = {
      tokens,
      width: 2,
      tokenTable: f(1, 2, 3, 4, 5, 6),
      positionTable: f(10, 20, 30, 40),
    };
    const x = new Float32Array(8);
    embedTokens(tables, x);
    expect(x).toEqual(f(15, 26, 15, 26, 31, 42, 35, 46));
    const gradients = { ...tables, tokenTable: new Float32Array(6), positionTable: f(1, 1, 1, 1) };
    scatterTokenGradients(gradients, f(1, 2, 3, 4, 5, 6, 7, 8));
    expect(gradients.tokenTable).toEqual(f(5, 6, 0, 0, 11, 14));
    expect(gradients.positionTable).toEqual(f(5, 7, 13, 15));
  });
});

describe('heads', () => {
  it('are gathered by row, with zeros for none, and their gradients added in order', () => {
    const heads = Int32Array.of(1, -1, 1);
    const rows = new Float32Array(6).fill(9);
    gatherHeads(f(1, 2, 3, 4), heads, rows);
    expect(rows).toEqual(f(3, 4, 0, 0, 3, 4));
    const gradient = f(0, 0, 1, 1);
    scatterHeadGradients(gradient, heads, f(1, 2, 3, 4, 5, 6));
    expect(gradient).toEqual(f(0, 0, 7, 9));
  });
});

it('pads the last chunk of a batch', () => {
  const chunk = f(7, 7, 7, 7);
  copyChunk(f(1, 2, 3, 4, 5, 6), chunk, { start: 2, size: 2 });
  expect(chunk).toEqual(f(5, 6, 0, 0));
  copyChunk(f(1, 2, 3), chunk, { start: 1, size: 1, padding: -1 });
  expect(chunk).toEqual(f(2, 3, -1, -1));
});
