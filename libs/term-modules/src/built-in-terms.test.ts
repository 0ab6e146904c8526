import '@holdfast/testing';
import { fileURLToPath } from 'node:url';
import {
  computeReferences,
  createConstraintState,
  createReferences,
  estimateConstraints,
} from '@holdfast/constraints';
import { objectives } from '@holdfast/objectives';
import { drawUnitRows } from '@holdfast/tensor';
import { describe, expect, it } from 'vitest';
import { bundleModule } from './bundle/index.js';
import { testedBackEnds } from './test-support/installed-back-ends.js';
import { openModule } from './test-support/open-module.js';

const example = (name: string) =>
  bundleModule(fileURLToPath(new URL(`../../../examples/terms/${name}`, import.meta.url)));

// TensorFlow.js works in float32, where exp(s/t) at t = 0.1 has a relative error of 1e-6; the built-in terms in float64.
const tolerance = { rtol: 5e-5, atol: 5e-6 };

describe.each(testedBackEnds)('on %s', (backEnd) => {
  it('a module has the gradient of the built-in objective', async () => {
    const [pairs, captions] = [24, [0, 1, 2, 0, 3, 1, 4, 0]];
    const labels = Array.from({ length: pairs }, (_, i) => captions[i % 8]!);
    const [images, texts] = [drawUnitRows(pairs, 16, 1, 0.5), drawUnitRows(5, 16, 2, 0.5)];
    const positives = labels.map((caption) => caption === 0);
    const expected = objectives.joint.estimate(
      {
        imageEmbeddings: images,
        textEmbeddings: texts,
        captions: labels,
        samples: labels.map((_, i) => i),
        positives,
      },
      { imageLogNormalizers: new Map(), textLogNormalizers: new Map() },
      { temperature: 0.1, movingAverage: 1, epsilon: 1e-12, excludeSameCaption: false },
    );
    const { source } = await example('joint-contrast.ts');
    const term = openModule({ source }, backEnd);
    const found = await term.evaluate({ step: 0, images, texts, labels, positives });
    expect(found.value).toBeAllclose(expected.value, tolerance);
    expect(found.imageGradients).toBeAllclose(expected.imageGradients.data, tolerance);
    expect(found.textGradients).toBeAllclose(expected.textGradients.data, tolerance);
  });

  it('a module has the value and gradient of the built-in constraint', async () => {
    const labels = [3, 1, 0, 4, 2, 2];
    const [images, texts] = [drawUnitRows(6, 16, 3, 0.5), drawUnitRows(5, 16, 4, 0.5)];
    const reference = { images: drawUnitRows(6, 16, 5, 0.5), texts: drawUnitRows(5, 16, 6, 0.5) };
    const tasks = [{ name: 'all', classes: [0, 1, 2, 3, 4], requiredSlack: 0, allowedFlipRate: 0 }];
    const settings = {
      penalty: 'fixed' as const,
      drive: 'loss' as const,
      penaltyCoefficient: 1,
      penaltyRampSteps: 0,
      smoothingWidth: 0.1,
      movingAverage: 1,
      temperature: 0.1,
      dualPeriodSteps: 1,
      multipliers: { initial: 1, rate: 0.5, standardErrors: 1, minimum: 0.01, maximum: 20 },
    };
    const rows = [0, 1, 2, 3, 4, 5];
    const batchOf = (embeddings: typeof reference) => ({
      tasks: [{ task: 0, rows, labels, samples: rows }],
      imageEmbeddings: embeddings.images,
      classEmbeddings: embeddings.texts,
    });
    const expected = estimateConstraints({
      tasks,
      settings,
      step: 0,
      temperatures: [0.1],
      batch: batchOf({ images, texts }),
      state: createConstraintState(1, settings),
      references: computeReferences(createReferences(tasks, settings), tasks, batchOf(reference)),
    });
    const { source } = await example('loss-difference.mjs');
    const term = openModule({ source, kind: 'constraint' }, backEnd);
    const found = await term.evaluate({ step: 0, images, texts, labels, reference });
    expect(found.value).toBeAllclose(expected.tasks[0]!.batchValue, tolerance);
    expect(found.imageGradients).toBeAllclose(expected.imageGradients.data, tolerance);
    expect(found.textGradients).toBeAllclose(expected.classGradients.data, tolerance);
  });
});
