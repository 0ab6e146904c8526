import type { StudyRun } from '../study-report.js';

/**
 * Names the runs that no mean of cost has: over runs of which some count a part of their steps it would say what no run cost.
 *
 * @param list puts their names together
 * @returns a sentence without its full stop; undefined where each run has its cost
 */
export function noteResumed(
  cells: readonly Pick<StudyRun, 'cell' | 'figures'>[],
  list = (names: readonly string[]) => names.join(', '),
): string | undefined {
  const resumed = cells.filter(({ figures }) => figures?.resumed);
  if (resumed.length === 0) return undefined;
  const [they, their] = resumed.length === 1 ? ['it', 'its'] : ['they', 'their'];
  return `Cost without that of ${list(resumed.map(({ cell }) => cell))}: ${they} went on from a checkpoint, so that nothing says what all ${their} steps cost`;
}
