import type {
  CompareRequest,
  CompareResponse,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { collectViolations } from '@holdfast/service-kit';
import { parseLevel } from './parse-level.js';
import { parseTasks } from './parse-tasks.js';
import { compareTask, summarizeAccuracy, summarizeLoss } from './task-messages.js';

/** Compares the reference's and the candidate's predictions task by task. */
export async function compare(request: CompareRequest): Promise<CompareResponse> {
  const violations = collectViolations('Compare');
  const level = parseLevel(request.level, violations);
  const tasks = parseTasks(request.tasks, violations);
  const protectedTasks = tasks.filter((task) => !task.target);
  return {
    tasks: tasks.map((task) => compareTask(task, level)),
    devSafetyAccuracy: protectedTasks.length === 0 ? undefined : summarizeAccuracy(protectedTasks),
    devSafetyLoss: summarizeLoss(protectedTasks),
  };
}
