import { createRandom } from '@holdfast/random';
import { stream } from './stream.js';

/** The tasks that each step samples. */
export interface TaskSubsets {
  /** The tasks of a step, ascending. */
  drawSubset(step: number): number[];
  /** How often each task was drawn in all steps before this one: [tasks]. */
  countVisits(step: number): Uint32Array;
}

/** Steps between two remembered counts: what going back costs at the most, in draws. */
const snapshotSteps = 1024;

/**
 * Makes the subsets: uniform without replacement, each step independent of the others.
 *
 * Counts are recomputed from the draws, so they need no state in a checkpoint; a run that goes on at step n
 * pays n draws once.
 */
export function createTaskSubsets(options: {
  readonly taskCount: number;
  readonly tasksPerStep: number;
  readonly seed: number;
}): TaskSubsets {
  const { taskCount, tasksPerStep, seed } = options;
  const snapshots = [new Uint32Array(taskCount)];
  let latest = { step: 0, visits: new Uint32Array(taskCount) };

  function drawSubset(step: number): number[] {
    const tasks = Array.from({ length: taskCount }, (_, task) => task);
    if (tasksPerStep === taskCount) return tasks;
    const random = createRandom(seed, stream.taskSubset, step);
    for (let i = 0; i < tasksPerStep; i += 1) {
      const j = i + random.integer(taskCount - i);
      [tasks[i], tasks[j]] = [tasks[j]!, tasks[i]!];
    }
    return tasks.slice(0, tasksPerStep).sort((a, b) => a - b);
  }
  function startCounting(step: number): void {
    if (latest.step <= step) return;
    const index = Math.floor(step / snapshotSteps);
    latest = { step: index * snapshotSteps, visits: snapshots[index]!.slice() };
  }
  function countVisits(step: number): Uint32Array {
    if (tasksPerStep === taskCount) return new Uint32Array(taskCount).fill(step);
    startCounting(step);
    for (; latest.step < step; latest.step += 1) {
      for (const task of drawSubset(latest.step)) latest.visits[task]! += 1;
      const index = (latest.step + 1) / snapshotSteps;
      if (index === snapshots.length) snapshots.push(latest.visits.slice());
    }
    return latest.visits.slice();
  }
  return { drawSubset, countVisits };
}
