import type {
  CompareRequest,
  CompareResponse,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { collectViolations } from '@holdfast/service-kit';
import { parseLevel } from './parse-level.js';
import { parseTasks } from './parse-tasks.js';
import { compareTask, listFloors, summarizeAccuracy, summarizeLoss } from './task-messages.js';

/** Compares the reference's and the candidate's predictions task by task. */
export async function compare(request: CompareRequest): Promise<CompareResponse> {
  const violations = collectViolations('Compare');
  const level = parseLevel(request.level, violations);
  const tasks = parseTasks(request.tasks, violations);
  const floors = listFloors(tasks);
  return {
    tasks: tasks.map((task) => compareTask(task, level)),
    devSafetyAccuracy: floors.length === 0 ? undefined : summarizeAccuracy(floors),
    devSafetyLoss: summarizeLoss(floors),
  };
}
