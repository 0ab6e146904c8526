import type { Plan } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { classOf } from '../class-of.js';
import type { Caption, DrawnImages, TermRun } from '../term.js';
import { findUnpaired } from './unpaired-tasks.js';

/** A pair of a step: an image, and the caption that it is contrasted with. */
export interface Pair {
  /** Row of the image among the term's. */
  readonly row: number;
  readonly sample: number;
  readonly caption: Caption;
  readonly positive: boolean;
  /** An example of a protected task, not a pair of a target. */
  readonly protected: boolean;
}

/** Which images of a step are paired with captions, for an objective. */
export interface Pairing {
  readonly images: readonly DrawnImages[];
  /** One pair for each image, in their order: the targets', then the protected, but those of {@link findUnpaired}. */
  pair(run: TermRun, draw: StepDraw): Pair[];
}

const all: Pairing = {
  images: ['target', 'protected'],
  pair(run, draw) {
    const targets = pairTargets(run, draw);
    return [...targets, ...pairProtected(run, draw, targets.length)];
  },
};

/** The objectives that a plan can name (docs/algorithm/objective.md). */
export const pairings: Readonly<Record<Plan['objective']['kind'], Pairing>> = {
  target: { images: ['target'], pair: pairTargets },
  joint: all,
  weighted: all,
};

/** The targets' pairs, positives first, each under its own class's caption. */
function pairTargets(run: TermRun, draw: StepDraw): Pair[] {
  const { prompts } = run;
  const text = (classIndex: number, template: number | undefined) =>
    prompts.caption(classIndex, template!);
  const positives = draw.positives.map((sample, i) => {
    const classIndex = classOf(run, sample);
    return {
      row: i,
      sample,
      caption: {
        text: text(classIndex, draw.positiveTemplates[i]),
        head: run.headOf(classIndex),
      },
      positive: true,
      protected: false,
    };
  });
  const negatives = draw.negatives.map((sample, i) => {
    const classIndex = classOf(run, sample);
    return {
      row: positives.length + i,
      sample,
      caption: {
        text: text(classIndex, draw.negativeTemplates[i]),
        head: run.negativeHeadOf(classIndex),
      },
      positive: false,
      protected: false,
    };
  });
  return [...positives, ...negatives];
}

/** The protected examples under their class's caption, but those of {@link findUnpaired}. */
function pairProtected(run: TermRun, draw: StepDraw, firstRow: number): Pair[] {
  const unpaired = findUnpaired(run);
  let row = firstRow;
  return draw.tasks.flatMap(({ task, samples, templates }) => {
    const first = row;
    row += samples.length;
    if (unpaired.has(run.tasks.protectedTasks[task]!)) return [];
    return samples.map((sample, i) => {
      const classIndex = classOf(run, sample);
      return {
        row: first + i,
        sample,
        caption: {
          text: run.prompts.caption(classIndex, templates[i]!),
          head: run.headOf(classIndex),
        },
        positive: false,
        protected: true,
      };
    });
  });
}
