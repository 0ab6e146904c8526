import { type JournalEntry, listEntries, type RunFolder, readProgress } from '@holdfast/run-store';
import type { TrajectoryPoint } from './study-record.js';

/** Points of a run that a study keeps: a plan may ask for a measurement at every step. */
export const pointsMax = 100;

/**
 * What a run's measurements on steering data said on the way: of the weights that might be released, the target's change and
 * the smallest of the protected tasks'. Of more than 100 measurements those are kept that spread evenly, the last included.
 */
export async function readTrajectory(
  folder: RunFolder,
  entries: readonly JournalEntry[],
): Promise<TrajectoryPoint[]> {
  const { measurements } = await readProgress(folder);
  const names = listEntries(entries, 'data.read').at(-1)?.protectedTasks;
  const every = Math.ceil(measurements.length / pointsMax);
  const kept = measurements.filter((_, index) => (measurements.length - 1 - index) % every === 0);
  return kept.map(({ step, targetChange, accuracyChanges }) => {
    const worst = accuracyChanges.length === 0 ? null : Math.min(...accuracyChanges);
    const worstTask = worst === null ? undefined : names?.[accuracyChanges.indexOf(worst)];
    return { step, targetChange, worstChange: worst, worstTask: worstTask ?? null };
  });
}
