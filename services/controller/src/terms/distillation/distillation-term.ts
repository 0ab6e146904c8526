import { distillation } from '@holdfast/objectives';
import type { Plan } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix, scatterAddRows, selectRows } from '@holdfast/tensor';
import { classOf, placeOf } from '../class-of.js';
import type {
  Caption,
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
 * weight tau/n D over the n protected images of a step, each among the classes of its label space (algorithm.md, section 8):
 * the model goes on to answer as the old one did, also where it is unsure. Undefined where the plan has none.
 */
export function planDistillation({ distillation: planned }: Plan): PlannedTerm | undefined {
  if (planned === undefined) return undefined;
  const open = async (run: TermRun) => {
    const classes = run.prompts.classPrompts.map(
      (text, i): Caption => ({ text, head: run.headOf(i) }),
    );
    return { ...needs, layOut: (draw: StepDraw) => layOut(run, classes, draw) };
  };
  return { ...needs, open };
}

function layOut(run: TermRun, classes: readonly Caption[], draw: StepDraw): TermBatch {
  const samples = draw.tasks.flatMap((task) => task.samples);
  return {
    texts: classes,
    estimate: (_step, embeddings) => estimate(run, samples, embeddings),
  };
}

async function estimate(
  run: TermRun,
  samples: readonly number[],
  { images, texts, omitImageGradients, reference }: TermEmbeddings,
): Promise<TermEstimate> {
  const old = await reference();
  const { weight, temperature, examples } = run.plan.distillation!;
  const { contrastiveTemperature } = run.plan.objective;
  const settings = { temperature: temperature * contrastiveTemperature, examples };
  const imageGradients = createMatrix(omitImageGradients ? 0 : images.rows, images.columns);
  const textGradients = createMatrix(texts.rows, texts.columns);
  let value = 0;
  for (const { classes } of run.tasks.spaces) {
    const known = new Set(classes);
    const rows = [...samples.keys()].filter((row) => known.has(classOf(run, samples[row]!)));
    if (rows.length === 0) continue;
    const found = distillation(
      {
        images: selectRows(images, rows),
        classes: selectRows(texts, classes),
        reference: {
          images: selectRows(old.images, rows),
          classes: selectRows(old.texts, classes),
        },
        labels: rows.map((row) => placeOf(run, samples[row]!)),
      },
      settings,
    );
    value += found.value;
    if (!omitImageGradients) scatterAddRows(imageGradients, rows, found.imageGradients);
    scatterAddRows(textGradients, classes, found.classGradients);
  }
  const share = (weight * contrastiveTemperature) / samples.length;
  for (const { data } of [imageGradients, textGradients]) {
    for (let i = 0; i < data.length; i += 1) data[i]! *= share;
  }
  return { value: share * value, imageGradients, textGradients };
}
