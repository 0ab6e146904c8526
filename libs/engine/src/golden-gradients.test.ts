import type { ParameterLayout } from '@holdfast/clip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackpropagatedBatch, EncodedBatch, Engine } from './engine.js';
import { createLocalEngine } from './engine-core.js';
import {
  drawGoldenBatch,
  drawGoldenGradients,
  golden,
  readGolden,
  removeGoldenModel,
  writeGoldenModel,
} from './test-support/golden-gradients.js';

const runId = 'golden';
/** All twelve layers where a file with their gradients is named, two of each tower otherwise. */
const file = process.env['HOLDFAST_GOLDEN_GRADIENTS'];
const layers = file === undefined ? 2 : 12;

describe('a ViT-B/32', () => {
  let engine: Engine;
  let layout: ParameterLayout;
  let encoded: EncodedBatch;
  let gradients: BackpropagatedBatch;
  let expected: ReadonlyMap<string, Float32Array>;

  beforeAll(async () => {
    expected = await readGolden(file);
    const model = await writeGoldenModel(layers);
    layout = model.layout;
    afterAll(() => removeGoldenModel(model.folder));
    engine = createLocalEngine({ threads: 1, activationBudgetBytes: 2 ** 32 });
    await engine.openModel({ runId, path: model.folder });
    await engine.prepareEncoding({ runId, pixelGradients: true });
    const batch = { runId, step: 0, array: 'parameters' as const, ...drawGoldenBatch() };
    encoded = await engine.encode({ ...batch, retain: true });
    const back = { runId, step: 0, pixelGradients: true, ...drawGoldenGradients() };
    gradients = await engine.backpropagate(back);
  }, 120_000);

  it.each([
    ['imageEmbeddings', 'image_embeds'],
    ['textEmbeddings', 'text_embeds'],
  ] as const)("has PyTorch's %s", (ours, theirs) => {
    const values = expected.get(theirs)!;
    expect(encoded[ours]).toHaveLength(values.length);
    const worst = Math.max(...values.map((value, i) => Math.abs(value - encoded[ours]![i]!)));
    // float32 against float64; elements are 0.04 in the mean.
    expect(worst).toBeLessThan(2e-6);
  });

  it("has PyTorch's gradient of every parameter", async () => {
    expect(expected.size).toBe(layout.entries.length + 3);
    for (const { name, offset, size } of layout.entries) {
      const [norm, ...samples] = expected.get(name)!;
      const gradient = await engine.readArray({ runId, array: 'gradient', offset, count: size });
      if (name.endsWith('k_proj.bias')) {
        // Softmax does not see a shift of all scores: 0 but for rounding.
        expect.soft(Math.max(...gradient.map(Math.abs)), name).toBeLessThan(1e-5);
        continue;
      }
      requireGolden(name, gradient, { norm: norm!, samples });
    }
  });

  it("has PyTorch's gradient of the pixels", () => {
    const [norm, ...samples] = expected.get('pixels')!;
    requireGolden('pixels', gradients.pixelGradients!, { norm: norm!, samples });
  });
});

/** A gradient's norm, and its sampled elements, are the golden ones. */
function requireGolden(
  name: string,
  gradient: Float32Array,
  { norm, samples }: { readonly norm: number; readonly samples: readonly number[] },
): void {
  const size = gradient.length;
  const actual = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  expect.soft(actual / norm, name).toBeCloseTo(1, 5);
  const stride = Math.max(1, Math.floor(size / golden.samples));
  const rms = norm / Math.sqrt(size);
  const errors = samples.map((value, i) => Math.abs(value - gradient[i * stride]!) / rms);
  // Of the gradient's root mean square; a wrong term would show in the first digits.
  expect.soft(Math.max(...errors), name).toBeLessThan(1e-4);
}
