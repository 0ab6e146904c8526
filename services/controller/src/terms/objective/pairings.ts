import type { Plan } from '@holdfast/plan';
import type { StepDraw } from '@holdfast/sampling';
import { classOf } from '../class-of.js';
import type { Caption, DrawnImages, TermRun } from '../term.js';

/** A pair of a step: an image, and the caption that it is contrasted with. */
export interface Pair {
  readonly sample: number;
  readonly caption: Caption;
  readonly positive: boolean;
}

/** Which images of a step are paired with captions, for an objective. */
export interface Pairing {
  readonly images: readonly DrawnImages[];
  /** One pair for each image, in their order. */
  pair(run: TermRun, draw: StepDraw): Pair[];
}

/** The objectives that a plan can name (algorithm.md, section 1). */
export const pairings: Readonly<Record<Plan['objective']['kind'], Pairing>> = {
  target: { images: ['target'], pair: pairTargets },
  joint: {
    images: ['target', 'protected'],
    pair: (run, draw) => [...pairTargets(run, draw), ...pairProtected(run, draw)],
  },
};

/** The target's pairs: positives under the target's caption, negatives under their own class's. */
function pairTargets(run: TermRun, draw: StepDraw): Pair[] {
  const { tasks, prompts } = run;
  const text = (classIndex: number, template: number | undefined) =>
    prompts.caption(classIndex, template!);
  const head = run.headOf(tasks.targetIndex);
  const positives = draw.positives.map((sample, i) => ({
    sample,
    caption: { text: text(tasks.targetIndex, draw.positiveTemplates[i]), head },
    positive: true,
  }));
  const negatives = draw.negatives.map((sample, i) => {
    const classIndex = classOf(run, sample);
    return {
      sample,
      caption: {
        text: text(classIndex, draw.negativeTemplates[i]),
        head: run.negativeHeadOf(classIndex),
      },
      positive: false,
    };
  });
  return [...positives, ...negatives];
}

/** The protected examples under their class's caption. */
function pairProtected(run: TermRun, draw: StepDraw): Pair[] {
  return draw.tasks.flatMap(({ samples, templates }) =>
    samples.map((sample, i) => {
      const classIndex = classOf(run, sample);
      return {
        sample,
        caption: {
          text: run.prompts.caption(classIndex, templates[i]!),
          head: run.headOf(classIndex),
        },
        positive: false,
      };
    }),
  );
}
