import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { ImageBatch } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

/** Image batches by the step that they are for. */
type Batches = Map<number, ImageBatch[]>;

const announced: Batches = new Map();
const encoded: Batches = new Map();
let host: TestHost;

beforeAll(async () => {
  let current = 0;
  const add = (batches: Batches, step: number, ...images: readonly ImageBatch[]) =>
    batches.set(step, [...(batches.get(step) ?? []), ...images]);
  host = await hostTest(({ encoder }) => ({
    encoder: {
      ...encoder,
      prefetch(request, options) {
        add(announced, request.step!, ...(request.batches as ImageBatch[]));
        return encoder.prefetch(request, options);
      },
      encode(request, options) {
        if (request.retain) current = request.step!;
        const isTraining =
          request.retain || request.parameters?.array === SharedArray.SHARED_ARRAY_REFERENCE;
        const { augmentedCount = 0 } = request.images ?? {};
        // Measurements look at plain images.
        if (isTraining && augmentedCount > 0) add(encoded, current, request.images as ImageBatch);
        return encoder.encode(request, options);
      },
    },
  }));
});
afterAll(() => host.close());

it('announces to the encoder exactly the images that it will ask for, the reference included', async () => {
  const { runId } = await submitPlan(
    host,
    await createSmallPlan({
      constraints: { augmentation: 'paired' },
      training: { steps: 4, augmentation: { crop: {}, rotationDegrees: 10 } },
      selection: { everySteps: 2 },
    }),
  );
  expect((await waitForEnd(host.controller, runId)).state).toBe(RunState.RUN_STATE_COMPLETED);
  expect([...encoded.keys()]).toEqual([0, 1, 2, 3]);
  // A sixteenth of the model's 32 pixels.
  const batches = [...encoded.values()].flat();
  expect(new Set(batches.map(({ augmentation }) => augmentation?.shiftPixels))).toEqual(
    new Set([2]),
  );
  // The first step is not announced: nothing is under way beside which its pixels could be made.
  encoded.delete(0);
  expect([...encoded.values()].map(({ length }) => length)).toEqual([2, 2, 2]);
  expect(announced).toEqual(encoded);
});
