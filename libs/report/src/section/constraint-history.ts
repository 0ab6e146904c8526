import type { LinePoint } from '../chart/line-chart.js';
import type { ProtectedTaskResult, RunReport } from '../run-report.js';

/** What one constraint did over the run. */
export interface ConstraintHistory {
  readonly task: string;
  /** Undefined of a constraint of the user's own, which nothing judges. */
  readonly verdict: ProtectedTaskResult['verdict'] | undefined;
  readonly estimatePoints: readonly LinePoint[];
  readonly weightPoints: readonly LinePoint[];
  /** Estimates and weights alone, where there are any. */
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

/** Reads the history of a protected task, or of a constraint of the user's own by its name. */
export function readConstraintHistory(
  report: RunReport,
  task: ProtectedTaskResult | string,
): ConstraintHistory {
  const isOwn = typeof task === 'string';
  const { protectedTasks, ownConstraints = [] } = report;
  const index = isOwn
    ? protectedTasks.length + ownConstraints.indexOf(task)
    : protectedTasks.indexOf(task);
  const read = (key: 'constraintEstimates' | 'weights') =>
    report.training.map((row): LinePoint => ({ x: row.step, y: finiteOrNull(row[key][index]) }));
  const [estimatePoints, weightPoints] = [read('constraintEstimates'), read('weights')];
  return {
    task: isOwn ? task : task.task,
    verdict: isOwn ? undefined : task.verdict,
    estimatePoints,
    weightPoints,
    values: keepNumbers(estimatePoints),
    weights: keepNumbers(weightPoints),
  };
}

function finiteOrNull(value: number | null | undefined): number | null {
  return value === undefined || value === null || !Number.isFinite(value) ? null : value;
}

function keepNumbers(points: readonly LinePoint[]): readonly number[] {
  return points.flatMap((point) => (point.y === null ? [] : [point.y]));
}
