import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { StepResult } from '@holdfast/run-store';
import { createMatrix } from '@holdfast/tensor';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { planDistance } from '../test-support/distance-term.js';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';
import type { TermEmbeddings, TermRun } from './term.js';

/** Of the distance in the runs below; undefined: they have no such term. */
let weight: number | undefined;

// What the page says of list-terms.ts.
vi.mock(import('./list-terms.js'), async (importOriginal) => {
  const { listTerms } = await importOriginal();
  return {
    listTerms: (plan) => [
      ...listTerms(plan),
      ...(weight === undefined ? [] : [planDistance(weight)]),
    ],
  };
});

let references = 0;
let host: TestHost;
beforeAll(async () => {
  host = await hostTest(({ encoder }) => ({
    encoder: {
      ...encoder,
      encode(request, options) {
        const isReference = request.parameters?.array === SharedArray.SHARED_ARRAY_REFERENCE;
        if (isReference && (request.images?.augmentedCount ?? 0) > 0) references += 1;
        return encoder.encode(request, options);
      },
    },
  }));
});
afterAll(() => host.close());

/** The steps of a small run, and how often it asked the reference for augmented images. */
async function run(distance: number | undefined, overrides: Record<string, object> = {}) {
  weight = distance;
  references = 0;
  const { runId, runPath } = await submitPlan(host, await createSmallPlan(overrides));
  const { state, failure } = await waitForEnd(host.controller, runId);
  expect(failure).toBeUndefined();
  expect(state).toBe(RunState.RUN_STATE_COMPLETED);
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return { steps: lines.map((line) => JSON.parse(line) as StepResult), references };
}

describe('the method that docs/extending.md adds', () => {
  it('is the code of the page', async () => {
    const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
    const code = await read('../test-support/distance-term.ts');
    // There, the file lies in a folder of terms.
    const shown = code.replace("'../terms/term.js'", "'../term.js'");
    expect(await read('../../../../docs/extending.md')).toContain(`\`\`\`ts\n${shown}\`\`\``);
  });

  it('has the gradient of its value', async () => {
    const term = await planDistance(3).open({} as TermRun);
    const elements = [0.5, -0.25, 0.125, 1, 0.75, -0.5];
    const estimate = (data: readonly number[]) => {
      const old = createMatrix(2, 3, Float32Array.of(0.25, 0.5, 0, 1, -0.5, 0.5));
      const texts = createMatrix(0, 3);
      const embeddings: TermEmbeddings = {
        images: createMatrix(2, 3, Float32Array.from(data)),
        texts,
        omitImageGradients: false,
        reference: async () => ({ images: old, texts }),
      };
      const draw = {} as Parameters<typeof term.layOut>[0];
      return term.layOut(draw).estimate(0, embeddings);
    };
    const { imageGradients } = await estimate(elements);
    // Exact in float32, and the value is quadratic: central differences have no error of their own.
    const step = 1 / 64;
    for (const i of elements.keys()) {
      const at = async (by: number) =>
        (await estimate(elements.map((x, j) => (i === j ? x + by : x)))).value;
      const slope = ((await at(step)) - (await at(-step))) / (2 * step);
      expect(imageGradients.data[i]).toBeCloseTo(slope, 5);
    }
  });

  it('trains beside the others, and shares their look at the reference', async () => {
    const before = await run(undefined);
    const after = await run(50);
    expect([before.references, after.references]).toEqual([6, 6]);
    expect(before.steps.every(({ terms }) => terms === undefined)).toBe(true);
    const distances = (steps: readonly StepResult[]) => steps.map(({ terms }) => terms![0]!.value);
    expect(after.steps[1]?.terms?.[0]?.name).toBe('the distance to the reference');
    // The weights have not moved yet: every embedding is the reference's, and so is the gradient.
    expect(distances(after.steps)[0]).toBeCloseTo(0, 6);
    expect(after.steps[0]?.objective).toBe(before.steps[0]?.objective);
    // Weighted, it keeps protected images nearer than they stay when it only watches.
    const watching = await run(1e-9);
    const moved = (steps: readonly StepResult[], by: number) => distances(steps).at(-1)! / by;
    expect(moved(after.steps, 50)).toBeLessThan(moved(watching.steps, 1e-9));
  });

  it('trains where no other term compares with the reference', async () => {
    const { references: asked } = await run(1, { constraints: { penalty: 'none' } });
    expect(asked).toBe(6);
  });
});
