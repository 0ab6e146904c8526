import { distillation } from '@holdfast/objectives';
import type { Plan } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix, scaleMatrix, scatterAddRows, selectRows } from '@holdfast/tensor';
import { classOf, placeOf } from '../class-of.js';
import { type ConstrainedClasses, listConstrainedClasses } from '../constrained-classes.js';
import type {
  PlannedTerm,
  TermBatch,
  TermEmbeddings,
  TermEstimate,
  TermNeeds,
  TermRun,
} from '../term.js';

const needs: TermNeeds = {
  name: 'the distillation',
  images: ['protected'],
  plainProtected: false,
  comparesReference: true,
  followsMeasurements: false,
};

/**
 * weight tau/n D over the n protected images of a step, each among the classes of its label space (docs/algorithm/distillation.md):
 * the model goes on to answer as the old one did, also where it is unsure. Undefined where the plan has none.
 */
export function planDistillation({ distillation: planned }: Plan): PlannedTerm | undefined {
  if (planned === undefined || planned.unlabelled !== undefined) return undefined;
  const open = async (run: TermRun) => {
    const classes = listConstrainedClasses(run);
    return { ...needs, layOut: (draw: StepDraw) => layOut(run, classes, draw) };
  };
  return { ...needs, open };
}

function layOut(run: TermRun, constrained: ConstrainedClasses, draw: StepDraw): TermBatch {
  const samples = draw.tasks.flatMap((task) => task.samples);
  return {
    texts: constrained.captions,
    estimate: (_step, embeddings) => estimate({ run, constrained, samples }, embeddings),
  };
}

async function estimate(
  {
    run,
    constrained,
    samples,
  }: { run: TermRun; constrained: ConstrainedClasses; samples: readonly number[] },
  { images, texts, omitImageGradients, reference }: TermEmbeddings,
): Promise<TermEstimate> {
  const old = await reference();
  const { weight, temperature, examples } = run.plan.distillation!;
  const { contrastiveTemperature } = run.plan.objective;
  const settings = { temperature: temperature * contrastiveTemperature };
  const imageGradients = createMatrix(omitImageGradients ? 0 : images.rows, images.columns);
  const textGradients = createMatrix(texts.rows, texts.columns);
  let value = 0;
  for (const { classes } of run.tasks.spaces) {
    const known = new Set(classes);
    const rows = [...samples.keys()].filter((row) => known.has(classOf(run, samples[row]!)));
    if (rows.length === 0) continue;
    const textRows = constrained.place(classes);
    const found = distillation(
      {
        images: selectRows(images, rows),
        classes: selectRows(texts, textRows),
        reference: {
          images: selectRows(old.images, rows),
          classes: selectRows(old.texts, textRows),
        },
        labels: examples === 'all' ? undefined : rows.map((row) => placeOf(run, samples[row]!)),
      },
      settings,
    );
    value += found.value;
    if (!omitImageGradients) scatterAddRows(imageGradients, rows, found.imageGradients);
    scatterAddRows(textGradients, textRows, found.classGradients);
  }
  const share = (weight * contrastiveTemperature) / samples.length;
  return {
    value: share * value,
    imageGradients: scaleMatrix(share, imageGradients),
    textGradients: scaleMatrix(share, textGradients),
  };
}
