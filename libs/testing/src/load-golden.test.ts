import { expect, it } from 'vitest';
import { listGolden, loadGolden } from './load-golden.js';
import './to-be-allclose.js';

it('reads tensors of every type of the golden file as float64', () => {
  const images = loadGolden('image_uint8_target');
  expect(images.shape).toEqual([10, 3, 32, 32]);
  expect(images.data).toHaveLength(10 * 3 * 32 * 32);
  expect(Math.max(...images.data)).toBeGreaterThan(1);
  const embeddings = loadGolden('emb_image');
  const squares = embeddings.data.subarray(0, embeddings.shape[1]).map((x) => x * x);
  // Embeddings are normalised in float64.
  expect(squares.reduce((sum, x) => sum + x, 0)).toBeAllclose(1, { atol: 1e-12 });
  expect(Number.isInteger(loadGolden('caption_ids').data[0])).toBe(true);
});

it('names a tensor that is not there', () => {
  expect(() => loadGolden('nothing')).toThrow("no tensor 'nothing'");
  expect(listGolden()).toContain('loss_total');
});
