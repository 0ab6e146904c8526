import { drawLineChart, type LinePoint } from '../chart/line-chart.js';
import { drawInlineMark } from '../chart/mark.js';
import type { Scale } from '../chart/scale.js';
import { thinSeries } from '../chart/thin-series.js';
import { formatShare, formatSignificant } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ProtectedTaskResult, RunReport } from '../run-report.js';
import { drawWeights } from './constraint-weights.js';
import { smoothSeries } from './smooth-series.js';

const pointsMax = 160;

/** What one constraint did over the run. */
export interface ConstraintHistory {
  readonly task: string;
  readonly verdict: ProtectedTaskResult['verdict'];
  readonly estimatePoints: readonly LinePoint[];
  readonly weightPoints: readonly LinePoint[];
  /** Estimates and weights alone, where there are any. */
  readonly values: readonly number[];
  readonly weights: readonly number[];
}

/** Reads the history of a protected task. */
export function readConstraintHistory(
  report: RunReport,
  task: ProtectedTaskResult,
): ConstraintHistory {
  const index = report.protectedTasks.indexOf(task);
  const read = (key: 'constraintEstimates' | 'weights') =>
    report.training.map((row): LinePoint => ({ x: row.step, y: finiteOrNull(row[key][index]) }));
  const [estimatePoints, weightPoints] = [read('constraintEstimates'), read('weights')];
  return {
    task: task.task,
    verdict: task.verdict,
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

/** One of the small multiples: name and last value, the estimate, the weight. */
export function drawConstraint(
  history: ConstraintHistory,
  scales: { readonly x: Scale; readonly y: Scale; readonly weight: Scale },
): Markup {
  const last = history.values.at(-1) ?? Number.NaN;
  const violated = history.values.filter((value) => value > 0).length / history.values.length;
  const summary = `last ${formatSignificant(last)}, above zero ${formatShare(Number(violated.toFixed(2)))} of the time`;
  return html`<li><p class="multiple-name">${drawInlineMark(history.verdict)} <b>${history.task}</b></p><p class="quiet">${summary}</p>
    ${drawLineChart({
      title: `${history.task}: constraint estimate by step, ${summary}, largest ${formatSignificant(Math.max(...history.values))}`,
      heightPixels: 84,
      x: { ...scales.x, ticks: history.weights.length > 0 ? [] : scales.x.ticks },
      y: scales.y,
      series: [
        {
          className: 'estimate',
          title: `${history.task}: u`,
          points: thinSeries(history.estimatePoints, pointsMax),
          shadeAbove: 0,
        },
        {
          className: 'trend',
          title: `${history.task}: u, smoothed`,
          points: thinSeries(smoothSeries(history.estimatePoints), 80),
        },
      ],
      rules: [{ axis: 'y', value: 0, className: 'zero', title: 'Satisfied at and below zero' }],
    })}${history.weights.length > 0 && drawWeights(history, scales, pointsMax)}</li>`;
}
