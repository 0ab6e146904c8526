import { type JournalEntry, listEntries, type RunFolder, readProgress } from '@holdfast/run-store';
import type { TrajectoryPoint } from './study-record.js';

/** Points of a run that a study keeps: a plan may ask for a measurement at every step. */
export const pointsMax = 100;

/**
 * What a run's measurements on steering data said on the way: of the weights that might be released, the target's change and
 * the smallest of the protected tasks', ceilings left out. Of more than 100 measurements those are kept that spread evenly, the last included.
 */
export async function readTrajectory(
  folder: RunFolder,
  entries: readonly JournalEntry[],
): Promise<TrajectoryPoint[]> {
  const { measurements } = await readProgress(folder);
  const read = listEntries(entries, 'data.read').at(-1);
  const names = read?.protectedTasks ?? [];
  const ceilings = new Set(read?.ceilings);
  const every = Math.ceil(measurements.length / pointsMax);
  const kept = measurements.filter((_, index) => (measurements.length - 1 - index) % every === 0);
  return kept.map(({ step, targetChange, accuracyChanges }) => {
    const [worst] = accuracyChanges
      .map((change, index) => ({ change, name: names[index] }))
      .filter(({ name }) => name === undefined || !ceilings.has(name))
      .toSorted((a, b) => a.change - b.change);
    const [worstChange, worstTask] = [worst?.change ?? null, worst?.name ?? null];
    return { step, targetChange, worstChange, worstTask };
  });
}
