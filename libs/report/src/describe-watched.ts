import type { TaskResult } from './run-report.js';

/**
 * What a verdict rests on: "Watched: 9 protected tasks and the target, on 287 images." Whoever shows it goes on
 * to say what was watched without labels, and that nothing else was.
 */
export function describeWatched(
  targets: readonly Pick<TaskResult, 'examples'>[],
  protectedTasks: readonly Pick<TaskResult, 'examples'>[],
): string {
  // A task that could not be measured has no number of images.
  const measured = [...targets, ...protectedTasks].filter(({ examples }) => examples > 0);
  const images = measured.reduce((sum, { examples }) => sum + examples, 0);
  const count = protectedTasks.length;
  const tasks = count === 1 ? '1 protected task' : `${count} protected tasks`;
  const target = ['', ' and the target'][targets.length] ?? ` and ${targets.length} targets`;
  return `Watched: ${tasks}${target}, on ${images.toLocaleString('en')} images.`;
}
