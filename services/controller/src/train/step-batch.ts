import { type Plan, trainsOnFeatures } from '@holdfast/plan';
import type { TaskBatch } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { StepDraw } from '@holdfast/sampling';
import type { OpenRun } from '../run/open-run.js';
import { hasConstraints } from '../run/run-settings.js';

/** One step's images and texts, and what each row is for. */
export interface StepBatch {
  /** Sample indices of the images. */
  readonly samples: readonly number[];
  /** Leading images that are augmented. */
  readonly augmentedCount: number;
  readonly augmentationSeed: number;
  readonly texts: readonly string[];
  readonly heads: readonly number[];
  /** The objective's pairs. */
  readonly pairs: {
    /** Row of each pair's image among the images. */
    readonly imageRows: readonly number[];
    readonly samples: readonly number[];
    /** Row of each pair's caption among the texts; pairs with the same caption share one. */
    readonly textRows: readonly number[];
    readonly positives: readonly boolean[];
  };
  /** Rows of the protected images among the images, in the order that `taskBatches` index. */
  readonly protectedRows: readonly number[];
  readonly taskBatches: readonly TaskBatch[];
  /** Rows of the class prompts among the texts; empty without constraints. */
  readonly classRows: readonly number[];
}

/** A pair of a step: a sample and the caption it is contrasted with. */
interface Pair {
  readonly sample: number;
  readonly text: string;
  readonly head: number;
  readonly positive: boolean;
}

/** Texts of a step, each (text, head) once: a caption shared by 30 pairs goes through the tower once. */
function createTextList() {
  const rows = new Map<string, number>();
  const texts: string[] = [];
  const heads: number[] = [];
  function add(text: string, head: number): number {
    const key = `${head} ${text}`;
    const known = rows.get(key);
    if (known !== undefined) return known;
    rows.set(key, texts.length);
    heads.push(head);
    return texts.push(text) - 1;
  }
  return { texts, heads, add };
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

/** The target's pairs: positives under the target's caption, negatives under their own class's. */
function pairTargets(run: OpenRun, draw: StepDraw, classOf: (sample: number) => number): Pair[] {
  const { tasks, prompts } = run;
  const positives = draw.positives.map((sample, i) => ({
    sample,
    text: prompts.caption(tasks.targetIndex, draw.positiveTemplates[i]!),
    head: run.headOf(tasks.targetIndex),
    positive: true,
  }));
  const negatives = draw.negatives.map((sample, i) => ({
    sample,
    text: prompts.caption(classOf(sample), draw.negativeTemplates[i]!),
    head: run.negativeHeadOf(classOf(sample)),
    positive: false,
  }));
  return [...positives, ...negatives];
}

/** The protected examples as pairs of the joint objective. */
function pairProtected(run: OpenRun, draw: StepDraw): Pair[] {
  return draw.tasks.flatMap(({ task, samples, templates }) => {
    const { classIndex } = run.tasks.protectedTasks[task]!;
    return samples.map((sample, i) => ({
      sample,
      text: run.prompts.caption(classIndex, templates[i]!),
      head: run.headOf(classIndex),
      positive: false,
    }));
  });
}

function listTaskBatches(run: OpenRun, draw: StepDraw): TaskBatch[] {
  let row = 0;
  return draw.tasks.map(({ task, samples }) => {
    const rows = range(row, samples.length);
    row += samples.length;
    const { classIndex } = run.tasks.protectedTasks[task]!;
    return { task, rows, labels: samples.map(() => classIndex), samples };
  });
}

/** How many leading images are augmented. */
function countAugmented(plan: Plan, { targets, all }: { targets: number; all: number }): number {
  if (trainsOnFeatures(plan)) return 0;
  return seesPlainImages(plan) ? targets : all;
}

/** Whether the plan's constraints see plain images. */
function seesPlainImages(plan: Plan): boolean {
  return hasConstraints(plan) && plan.constraints.augmentation === 'none';
}

/**
 * Lays out what a step draws.
 *
 * Augmented images come first, because the encoder augments a leading part: the target's images, and
 * the protected ones too unless the plan's constraints see plain images. Protected images lead where
 * the reference must see the same augmentation.
 */
export function layOutStep(
  run: OpenRun,
  draw: StepDraw,
  classOf: (sample: number) => number,
): StepBatch {
  const constrained = hasConstraints(run.plan);
  const joint = run.plan.objective.kind === 'joint';
  const targets = pairTargets(run, draw, classOf);
  const targetSamples = targets.map((pair) => pair.sample);
  const protectedSamples = constrained || joint ? draw.tasks.flatMap((task) => task.samples) : [];
  const plain = seesPlainImages(run.plan);
  const samples = plain
    ? [...targetSamples, ...protectedSamples]
    : [...protectedSamples, ...targetSamples];
  const targetRows = range(plain ? 0 : protectedSamples.length, targetSamples.length);
  const protectedRows = range(plain ? targetSamples.length : 0, protectedSamples.length);
  const pairs = joint ? [...targets, ...pairProtected(run, draw)] : targets;
  const classPrompts = constrained ? run.prompts.classPrompts : [];
  const { texts, heads, add } = createTextList();
  const textRows = pairs.map((pair) => add(pair.text, pair.head));
  const classRows = classPrompts.map((text, classIndex) => add(text, run.headOf(classIndex)));
  return {
    samples,
    augmentedCount: countAugmented(run.plan, {
      targets: targetSamples.length,
      all: samples.length,
    }),
    augmentationSeed: draw.augmentationSeed,
    texts,
    heads,
    pairs: {
      imageRows: joint ? [...targetRows, ...protectedRows] : targetRows,
      samples: pairs.map((pair) => pair.sample),
      textRows,
      positives: pairs.map((pair) => pair.positive),
    },
    protectedRows,
    taskBatches: constrained ? listTaskBatches(run, draw) : [],
    classRows,
  };
}
