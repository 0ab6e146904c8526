import { createRandom, type Random } from '@holdfast/random';
import { createSamplePool } from './sample-pool.js';
import { stream } from './stream.js';
import { createTaskSubsets } from './task-subsets.js';

/** What a sampler draws from, and how much. */
export interface StepSamplerOptions {
  /** Samples of each target's pairs. */
  readonly positives: readonly (readonly number[])[];
  /** Samples of the negative pairs. */
  readonly negatives: readonly number[];
  /** Samples of each protected task. */
  readonly tasks: readonly (readonly number[])[];
  /** Pairs of the objective in a step: half positives (the smaller half of an odd number), the rest negatives. Targets share the positives equally; what is left over goes to the first of them. */
  readonly targetBatch: number;
  /** Examples of each sampled task in a step. */
  readonly examplesPerTask: number;
  /** Tasks sampled in a step. */
  readonly tasksPerStep: number;
  /** Images without labels and texts to distil on; absent: none. */
  readonly unlabelled?: UnlabelledPools | undefined;
  /** Number of caption templates. */
  readonly templates: number;
  /** Seed of everything drawn. */
  readonly seed: number;
}

/** Samples without labels, and the numbers of texts. */
export interface UnlabelledPools {
  readonly samples: readonly number[];
  readonly texts: number;
  /** Samples of a step, and texts at the most. */
  readonly batch: number;
}

/** The examples of one sampled task. */
export interface TaskDraw {
  /** Index of the task. */
  readonly task: number;
  readonly samples: number[];
  /** Template of each sample's caption. */
  readonly templates: number[];
}

/** Everything random in one step. */
export interface StepDraw {
  /** Target by target. */
  readonly positives: number[];
  readonly negatives: number[];
  readonly positiveTemplates: number[];
  readonly negativeTemplates: number[];
  /** The sampled tasks S, ascending. */
  readonly tasks: TaskDraw[];
  /** Samples without labels; none where nothing is distilled on such. */
  readonly unlabelled: number[];
  /** Texts that these are held against, ascending. */
  readonly unlabelledTexts: number[];
  /** Seed of the step's image augmentation. */
  readonly augmentationSeed: number;
}

/** Draws the examples of each step. */
export interface StepSampler {
  /**
   * The draw of a step, counted from 0: a function of the step alone, so a resumed run needs no state.
   *
   * @throws RangeError if the step is not an integer in [0, 2^32).
   */
  draw(step: number): StepDraw;
}

/**
 * Makes the sampler of a run (docs/algorithm/step.md).
 *
 * Each target's positives, negatives and each task's examples are pools of their own, shuffled anew each epoch; a task's
 * pool advances only in steps that sample it. Templates are uniform.
 *
 * @throws RangeError if a pool is empty or a count cannot be met.
 */
export function createStepSampler(options: StepSamplerOptions): StepSampler {
  checkOptions(options);
  const { targetBatch, examplesPerTask, tasksPerStep, seed } = options;
  const createPool = (samples: readonly number[], batchSize: number, pool: number) =>
    createSamplePool({ samples, batchSize, seed, pool });
  const positiveCount = Math.floor(targetBatch / 2);
  const shares = divide(positiveCount, options.positives.length);
  const positives = options.positives.map((samples, target) =>
    createPool(
      samples,
      shares[target]!,
      target === 0 ? stream.positives : stream.otherTargets + target,
    ),
  );
  const negatives = createPool(options.negatives, targetBatch - positiveCount, stream.negatives);
  const pools = options.tasks.map((samples, task) =>
    createPool(samples, examplesPerTask, stream.firstTask + task),
  );
  const { samples: images = [], texts = 0, batch = 1 } = options.unlabelled ?? {};
  const unlabelled = createPool(images, batch, stream.unlabelledImages);
  const textNumbers = Array.from({ length: texts }, (_, text) => text);
  const unlabelledTexts = createPool(textNumbers, Math.min(batch, texts), stream.unlabelledTexts);
  const drawUnlabelled = (step: number) => {
    if (options.unlabelled === undefined) return { unlabelled: [], unlabelledTexts: [] };
    const drawn = unlabelledTexts.drawBatch(step).sort((one, other) => one - other);
    return { unlabelled: unlabelled.drawBatch(step), unlabelledTexts: drawn };
  };
  const subsets = createTaskSubsets({ taskCount: pools.length, tasksPerStep, seed });

  function draw(step: number): StepDraw {
    const visits = subsets.countVisits(checkStep(step));
    const random = createRandom(seed, stream.templates, step);
    const drawTemplates = (samples: number[]) => chooseTemplates(samples, options, random);
    const drawn = {
      positives: positives.flatMap((pool) => pool.drawBatch(step)),
      negatives: negatives.drawBatch(step),
    };
    return {
      ...drawn,
      positiveTemplates: drawTemplates(drawn.positives),
      negativeTemplates: drawTemplates(drawn.negatives),
      tasks: subsets.drawSubset(step).map((task) => {
        const samples = pools[task]!.drawBatch(visits[task]!);
        return { task, samples, templates: drawTemplates(samples) };
      }),
      ...drawUnlabelled(step),
      augmentationSeed: createRandom(seed, stream.augmentation, step).uint32(),
    };
  }
  return { draw };
}

function chooseTemplates(samples: number[], { templates }: StepSamplerOptions, random: Random) {
  return samples.map(() => random.integer(templates));
}

function checkStep(step: number): number {
  if (Number.isInteger(step) && step >= 0 && step < 2 ** 32) return step;
  throw new RangeError(`a step is an integer in [0, 2^32), not ${step}`);
}

/** How many of so many go to each of several: as many, the first ones one more. */
function divide(count: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, i) => Math.floor((count + parts - 1 - i) / parts));
}

function checkOptions(options: StepSamplerOptions): void {
  const { positives, negatives, tasks, targetBatch, examplesPerTask, tasksPerStep } = options;
  checkCount('targetBatch', targetBatch, 2 * Math.max(1, positives.length));
  checkCount('examplesPerTask', examplesPerTask, 1);
  checkCount('templates', options.templates, 1);
  checkCount('tasksPerStep', tasksPerStep, Math.min(1, tasks.length));
  if (tasksPerStep > tasks.length) {
    throw new RangeError(`tasksPerStep is ${tasksPerStep}, but there are ${tasks.length} tasks`);
  }
  const { unlabelled } = options;
  if (unlabelled !== undefined) {
    checkCount('unlabelled.batch', unlabelled.batch, 1);
    checkCount('unlabelled.texts', unlabelled.texts, 1);
    checkCount('unlabelled.samples.length', unlabelled.samples.length, 1);
  }
  if (positives.length === 0) throw new RangeError('positives has no targets');
  const pools = [
    ...positives.map((pool, i) => [`positives[${i}]`, pool] as const),
    ['negatives', negatives] as const,
    ...tasks.map((pool, i) => [`tasks[${i}]`, pool] as const),
  ];
  const empty = pools.find(([, pool]) => pool.length === 0);
  if (empty !== undefined) throw new RangeError(`${empty[0]} has no samples to draw from`);
}

function checkCount(name: string, value: number, minimum: number): void {
  if (Number.isInteger(value) && value >= minimum && value < 2 ** 32) return;
  throw new RangeError(`${name} is an integer of at least ${minimum}, not ${value}`);
}
