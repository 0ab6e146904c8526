import { sha256 } from '@holdfast/artifacts';
import { noLabel, type Sample } from '@holdfast/dataset';
import {
  countLabels,
  isAgreed,
  noClass,
  type PoolCount,
  type PoolImage,
  type QueuedImage,
  queueLabels,
} from '@holdfast/labelling';
import type { MeasuredPair } from '../pair/measure-pair.js';
import { listTargetTasks } from '../tasks/tasks.js';

/** How a pool is counted. */
export interface PoolRules {
  /** Groups that are checked of each class, at the most. */
  readonly checksMax: number;
  /** Level of the whole judgement. */
  readonly level: number;
}

/** A pool as far as its labels are known. */
export interface CountedPool {
  /** The two models on the images that count, each with the label that it counts under. */
  readonly measured: MeasuredPair;
  /** The pool's images that both models can read, in their order. */
  readonly samples: readonly Sample[];
  readonly images: readonly PoolImage[];
  readonly queue: readonly QueuedImage[];
  readonly count: PoolCount;
  /** Level that is left for the verdict beside the checks. */
  readonly level: number;
  /** Names of the protected tasks, and of the targets, of which nothing is known yet. */
  readonly unknownTasks: readonly string[];
}

/**
 * Part of the level that the checks of all classes take; the verdict takes the rest, also where every label is known: it may be
 * the last of several looks, of which an earlier one was by checks.
 */
const checksShare = 0.1;

/** Counts what is known of a pool that two models were measured on. */
export function countPool(measured: MeasuredPair, { checksMax, level }: PoolRules): CountedPool {
  const { classes } = measured.data.tasks;
  const { samples, reference, candidate } = measured.predictions;
  const indexOf = new Map(classes.map((label, index) => [label, index]));
  const images = samples.map(
    ({ label, group }, row): PoolImage => ({
      group,
      reference: reference.classes[row]!,
      candidate: candidate.classes[row]!,
      label: label === noLabel ? undefined : (indexOf.get(label) ?? noClass),
    }),
  );
  const settings = { classCount: classes.length, checksMax };
  const count = countLabels(images, { ...settings, level: checksShare * level });
  return {
    measured: chooseCounted(measured, images, count),
    samples,
    images,
    count,
    queue: queueLabels(images, settings),
    level: (1 - checksShare) * level,
    unknownTasks: listUnknown(measured, count),
  };
}

function chooseCounted(
  measured: MeasuredPair,
  images: readonly PoolImage[],
  count: PoolCount,
): MeasuredPair {
  const { data, predictions } = measured;
  const { classes } = data.tasks;
  const samples = count.images.map(
    ({ place, classIndex }, index): Sample => ({
      ...predictions.samples[place]!,
      index,
      label: classes[classIndex]!,
      roles: ['validation'],
    }),
  );
  const pick = ({ classes: answers, losses }: typeof predictions.reference) => ({
    classes: Uint32Array.from(count.images, ({ place }) => answers[place]!),
    // Of an image without a label of its own the loss is not known.
    losses: Float64Array.from(count.images, ({ place, classIndex }) =>
      images[place]!.label === classIndex ? losses[place]! : Number.NaN,
    ),
  });
  const missing = new Map(
    count.classes.map(({ largestGroup }, index) => [classes[index]!, { largestGroup }]),
  );
  const lines = samples.map(({ sha256: hash, label, group }) =>
    JSON.stringify([hash, label, group]),
  );
  const dataset = { ...data.dataset, samples, sha256: sha256(lines.join('\n')) };
  const note = `${count.unlabelled} of the pool's ${images.length} images have no label: accuracies and changes are those of the images that count, and only lower bounds hold`;
  return {
    ...measured,
    notes: count.unlabelled === 0 ? measured.notes : [...measured.notes, note],
    data: { ...data, dataset },
    predictions: {
      samples,
      reference: pick(predictions.reference),
      candidate: pick(predictions.candidate),
      missing: count.unlabelled > 0 ? missing : undefined,
    },
  };
}

function listUnknown({ data: { tasks } }: MeasuredPair, { images }: PoolCount): string[] {
  const known = new Set(images.map(({ classIndex }) => classIndex));
  return [...listTargetTasks(tasks), ...tasks.protectedTasks].flatMap(({ name, labels }) =>
    labels.every((one) => known.has(tasks.classes.indexOf(one))) ? [] : [name],
  );
}

/** Images on which the models disagree. */
export function countDisagreements(images: readonly PoolImage[]): number {
  return images.filter((image) => !isAgreed(image)).length;
}
