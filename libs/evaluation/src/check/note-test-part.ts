import { samplesWithRole } from '@holdfast/dataset';
import type { PlanData } from '../data/read-plan-data.js';
import { createTaskFinder, listFloors } from '../tasks/protected-task.js';
import { listTargetTasks } from '../tasks/tasks.js';

/** Whether test images show a target and a protected task: of anything less neither a gain nor a smallest change can be said. */
export function showsTasks({ dataset, tasks }: Pick<PlanData, 'dataset' | 'tasks'>): boolean {
  const samplesOf = createTaskFinder(dataset, 'test');
  const isShown = (task: Parameters<typeof samplesOf>[0]) => samplesOf(task).length > 0;
  return listTargetTasks(tasks).some(isShown) && listFloors(tasks.protectedTasks).some(isShown);
}

/** Says that test images are not read. */
export function noteTestPart(data: Pick<PlanData, 'dataset' | 'tasks'>): string[] {
  const { length } = samplesWithRole(data.dataset, 'test');
  if (length === 0 || showsTasks(data)) return [];
  return [
    `the ${length} test image${length === 1 ? ' shows' : 's show'} no target, or nothing that is protected from a loss: not read`,
  ];
}
