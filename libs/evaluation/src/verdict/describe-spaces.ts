import type { SpaceRecord } from '@holdfast/run-store';
import type { PredictionPair } from '../classify/pair-predictions.js';
import { indexSpaces } from '../tasks/label-spaces.js';
import type { RunTasks } from '../tasks/tasks.js';

/**
 * What both models get right of each label space, over all of its plain images, whichever task they belong to: accuracy, and the
 * mean over the classes that have images of each one's recall. A space without images is left out.
 */
export function describeSpaces(
  { classes, spaces }: Pick<RunTasks, 'classes' | 'spaces'>,
  { samples, reference, candidate }: PredictionPair,
): SpaceRecord[] {
  const indices = new Map(classes.map((label, index) => [label, index]));
  const spaceOf = indexSpaces(spaces);
  const labels = samples.map(({ label }) => indices.get(label) ?? -1);
  return spaces.flatMap((space, place) => {
    const rows = [...labels.keys()].filter(
      (row) => spaceOf.get(labels[row]!) === place && samples[row]!.corruption === undefined,
    );
    if (rows.length === 0) return [];
    const measure = (answers: Uint32Array) => measureSpace(labels, answers, rows);
    return {
      space: space.name ?? null,
      classes: space.classes.length,
      examples: rows.length,
      reference: measure(reference.classes),
      candidate: measure(candidate.classes),
    };
  });
}

function measureSpace(labels: readonly number[], answers: Uint32Array, rows: readonly number[]) {
  const counts = new Map<number, { right: number; of: number }>();
  for (const row of rows) {
    const count = counts.get(labels[row]!) ?? { right: 0, of: 0 };
    count.of += 1;
    if (answers[row] === labels[row]) count.right += 1;
    counts.set(labels[row]!, count);
  }
  const each = [...counts.values()];
  return {
    accuracy: each.reduce((sum, { right }) => sum + right, 0) / rows.length,
    meanPerClassRecall: each.reduce((sum, { right, of }) => sum + right / of, 0) / each.length,
  };
}
