import { drawLineChart, type LineSeries } from '../chart/line-chart.js';
import { createScale } from '../chart/scale.js';
import { formatPercent, formatPlainPoints, formatShare } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ConfidencePoint, ProtectedTaskResult, RunReport } from '../run-report.js';
import { isEvidencePolicy, listFloors } from './evidence.js';
import { renderFigure, renderScrollable } from './section.js';

/** Beyond this confidence a curve has nothing more to tell. */
const settled = 0.995;

/** The curves of confidence: of all tasks together, of the least certain task, and of the others. */
export function renderConfidence(report: RunReport): Markup | undefined {
  const tasks = sortLeastSure(report);
  const [worst, ...others] = tasks;
  const joined = report.claims.find((claim) => claim.together)?.confidence;
  if (worst === undefined || worst.confidence.length === 0) return;
  const end = worst.confidence.find(({ confidence }) => confidence >= settled)?.drop ?? 0.5;
  const series = [
    ...others.map((task) => createSeries('other', task.task, task.confidence, end)),
    createSeries('worst', worst.task, worst.confidence, end, !joined),
    ...(joined ? [createSeries('candidate', 'all together', joined, end, true)] : []),
  ];
  const sure = 1 - report.gate.level;
  const names = joined ? `${worst.task}, and all together` : worst.task;
  return renderFigure({
    heading: 'How sure it is that no more was lost',
    content: html`<p class="axis-name">Confidence, %</p>${drawLineChart({
      title: `Confidence that the drop is no larger, by drop in points, for ${names}; figures below`,
      heightPixels: 260,
      x: createScale([0, 100 * end], { tickCount: 8 }),
      y: createScale([0, 100], { tickCount: 5 }),
      series,
      ...(isEvidencePolicy(report) && {
        rules: [
          {
            axis: 'y' as const,
            value: 100 * sure,
            className: 'limit',
            title: `${formatShare(sure)}: where the gate's bounds are`,
          },
        ],
      }),
    })}<p class="axis-name below">Drop of no more than, points →</p>
    ${renderFigures(tasks, joined)}`,
    caption: html`<span class="legend">
      ${joined && html`<span><span class="key candidate"></span> all together, in the mean</span>`}
      <span><span class="key worst"></span> ${worst.task}, the least sure</span>
      ${others.length > 0 && html`<span><span class="key other"></span> the other protected tasks</span>`}
    </span> Each point holds for a drop chosen beforehand. The dashed line is the gate’s level.`,
  });
}

function sortLeastSure({ protectedTasks }: RunReport): readonly ProtectedTaskResult[] {
  return [...listFloors(protectedTasks)].sort((a, b) => a.lowerBound - b.lowerBound);
}

function createSeries(
  className: string,
  title: string,
  curve: readonly ConfidencePoint[],
  end: number,
  withDots = false,
): LineSeries {
  return {
    className,
    title,
    points: curve
      .filter(({ drop }) => drop <= end)
      .map(({ drop, confidence }) => ({
        x: 100 * drop,
        y: 100 * confidence,
        ...(withDots && { title: `${title}: ${describePoint({ drop, confidence })}` }),
      })),
  };
}

function describePoint({ drop, confidence }: ConfidencePoint): string {
  return `drop of at most ${formatPlainPoints(drop)} points: ${formatPercent(confidence)}`;
}

const tabled = [0.02, 0.05, 0.1, 0.15, 0.2];

/** The same as figures. */
function renderFigures(
  tasks: readonly ProtectedTaskResult[],
  joined: readonly ConfidencePoint[] | undefined,
): Markup {
  const rows = [
    ...(joined ? [{ name: 'all together', curve: joined }] : []),
    ...tasks.map((task) => ({ name: task.task, curve: task.confidence })),
  ];
  const at = (curve: readonly ConfidencePoint[], drop: number) =>
    curve.find((point) => point.drop === drop)?.confidence;
  return html`<details class="printed"><summary>As figures</summary>${renderScrollable(
    'Confidence by drop',
    html`<table><thead><tr><th scope="col">Drop of at most, points</th>${tabled.map((drop) => html`<th scope="col" class="number">${formatPlainPoints(drop)}</th>`)}</tr></thead>
      <tbody>${rows.map(({ name, curve }) => html`<tr><th scope="row">${name}</th>${tabled.map((drop) => html`<td class="number">${formatPercent(at(curve, drop))}</td>`)}</tr>`)}</tbody></table>`,
  )}</details>`;
}
