import { drawTopAxis, formatTick } from '../chart/axis.js';
import { drawIntervalRow } from '../chart/interval-row.js';
import { drawInlineMark } from '../chart/mark.js';
import { createScale, type Scale } from '../chart/scale.js';
import {
  formatCount,
  formatPlainPoints,
  formatPoints,
  formatProbability,
} from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ProtectedTaskResult, RunReport } from '../run-report.js';
import {
  asLoss,
  describeAccuracies,
  describeInterval,
  isEvidencePolicy,
  isGrouped,
  nameInterval,
  sortWorstFirst,
} from './evidence.js';
import { renderGateNumbers } from './gate-numbers.js';
import { getOutcomeStyle } from './outcome-style.js';
import { renderSection } from './section.js';

/** Each protected task's change with its interval against zero and its tolerance: a forest plot in a table. */
export function renderProtectedTasks(report: RunReport): Markup {
  const tasks = sortWorstFirst(report.protectedTasks);
  return renderSection({
    id: 'protected',
    heading: 'Protected tasks',
    lead: describeReading(report),
    content:
      tasks.length === 0
        ? html`<p class="empty">No protected task was measured.</p>`
        : html`${renderForest(report, tasks)}${renderLegend(report)}${renderGateNumbers(report, tasks)}`,
  });
}

function describeReading(report: RunReport): string {
  const change = `${describeSubject(report)}Change of accuracy on validation data, the same images before and after, in percentage points.`;
  if (!isEvidencePolicy(report)) {
    return `${change} Strict policy: a task is retained if its point estimate is not below zero; intervals are for information.`;
  }
  return `${change} Retained: the whole ${nameInterval(report.gate.level)} (the thick line) lies right of the tolerance. Regressed: all of it lies left. Undecided: it crosses.${describeCeilings(report)} Thin lines are for all tasks at once and decide nothing. ${
    isGrouped(report)
      ? 'Images of one group are not independent: intervals count groups.'
      : 'Each image counts as independent.'
  }`;
}

function describeCeilings({ protectedTasks }: RunReport): string {
  return protectedTasks.some(({ ceiling }) => ceiling)
    ? ' Of a ceiling, which must not grow, the tolerance is on the right, and right and left change places.'
    : '';
}

function describeSubject(report: RunReport): string {
  if (report.outcome !== 'NO_FEASIBLE_CANDIDATE') return '';
  return `For information: ${report.models.candidateVersion}, which was not feasible. `;
}

function renderForest(report: RunReport, tasks: readonly ProtectedTaskResult[]): Markup {
  const scale = createForestScale(report, tasks);
  const ceilings = tasks.some(({ ceiling }) => ceiling);
  return html`<table class="forest" role="table">
    <caption class="hidden">Change of every protected task, worst first</caption>
    <thead role="rowgroup"><tr role="row">
      <th role="columnheader" scope="col" class="task">Task</th>
      <th role="columnheader" scope="col" class="accuracy">Old → new</th>
      <th role="columnheader" scope="col" class="plot"><div class="directions" aria-hidden="true"><span>← ${ceilings ? 'less' : 'worse'}</span><span>${ceilings ? 'more' : 'better'} →</span></div>${drawTopAxis(scale, { title: 'Change in points; zero is no change', format: (tick) => formatTick(tick, scale, true) })}</th>
      <th role="columnheader" scope="col" class="change">Change</th>
      <th role="columnheader" scope="col" class="flips">Broken</th>
      <th role="columnheader" scope="col" class="flips">Fixed</th>
      <th role="columnheader" scope="col" class="count">Images</th>
      ${isGrouped(report) && html`<th role="columnheader" scope="col" class="count">Groups</th>`}
    </tr></thead>
    <tbody role="rowgroup">${tasks.map((task) => renderRow(task, report, scale))}</tbody>
  </table>`;
}

/** Bounds at the gate's level and the tolerances decide the width; wider intervals end in arrows. */
function createForestScale(report: RunReport, tasks: readonly ProtectedTaskResult[]): Scale {
  const limits = isEvidencePolicy(report) ? tasks.map(limitOf) : [];
  const values = tasks.flatMap((task) =>
    [task.accuracyChange, task.lowerBound, task.upperBound]
      // An upper bound of 1 says nothing: its interval ends in an arrow.
      .map((value) => 100 * (value === 1 ? 0 : value)),
  );
  return createScale([...values, ...limits], { include: [0, -1, 1], pad: 0.06, tickCount: 8 });
}

function renderRow(task: ProtectedTaskResult, report: RunReport, scale: Scale): Markup {
  const style = getOutcomeStyle(task.verdict);
  const interval = describeInterval(task);
  return html`<tr role="row" class="${style.className}">
    <th role="rowheader" scope="row" class="task"><div>${drawInlineMark(task.verdict)}<span><span class="name">${task.task}</span>
      <span class="verdict-word">${style.word}${mayBeChance(task, report) && html`<span class="quiet">, alone: Holm p ${formatProbability(task.holmPValue)}</span>`}</span></span></div></th>
    <td role="cell" class="accuracy">${describeAccuracies(task)}</td>
    <td role="cell" class="plot">${drawTask(task, report, scale)}</td>
    <td role="cell" class="change"><b>${formatPoints(task.accuracyChange)}</b>${interval && html` <span class="quiet">${interval}</span>`}</td>
    <td role="cell" class="flips"><span class="cell-name">broken </span>${formatCount(task.negativeFlips)}</td>
    <td role="cell" class="flips"><span class="cell-name">fixed </span>${formatCount(task.positiveFlips)}</td>
    <td role="cell" class="count">${formatCount(task.examples)}<span class="cell-name"> ${task.examples === 1 ? 'image' : 'images'}</span></td>
    ${isGrouped(report) && html`<td role="cell" class="count">${formatCount(task.groups)}<span class="cell-name"> ${task.groups === 1 ? 'group' : 'groups'}</span></td>`}
  </tr>`;
}

/** Among many tasks one finding may be chance: true where Holm's correction undoes it. */
function mayBeChance(task: ProtectedTaskResult, report: RunReport): boolean {
  return (
    isEvidencePolicy(report) && task.verdict === 'REGRESSED' && task.holmPValue > report.gate.level
  );
}

function drawTask(task: ProtectedTaskResult, report: RunReport, scale: Scale): Markup {
  const interval = describeInterval(task);
  const title = [
    `${task.task}: ${formatPoints(task.accuracyChange, 2)} points`,
    interval && `${nameInterval(report.gate.level)} ${interval}`,
    `simultaneous ${formatPoints(task.simultaneousLowerBound)} to ${formatPoints(task.simultaneousUpperBound)}`,
    `tolerance ${task.ceiling ? 'of growth ' : ''}${formatPlainPoints(task.tolerance)}`,
  ];
  return drawIntervalRow(
    {
      title: title.filter(Boolean).join('; '),
      kind: task.verdict,
      estimate: 100 * task.accuracyChange,
      lower: toPoints(task.lowerBound),
      upper: toPoints(task.upperBound),
      outerLower: 100 * task.simultaneousLowerBound,
      outerUpper: 100 * task.simultaneousUpperBound,
      ...(isEvidencePolicy(report) && { limit: limitOf(task), isCeiling: task.ceiling === true }),
    },
    scale,
  );
}

/** Where the intolerable begins, in points. */
function limitOf(task: ProtectedTaskResult): number {
  return asLoss(task, -100 * task.tolerance);
}

function toPoints(change: number | undefined): number | undefined {
  return change === undefined ? undefined : 100 * change;
}

function renderLegend(report: RunReport): Markup {
  return html`<ul class="legend">
    <li>${drawInlineMark('RETAINED')} retained</li>
    ${isEvidencePolicy(report) && html`<li>${drawInlineMark('UNDECIDED')} undecided</li>`}
    <li>${drawInlineMark('REGRESSED')} regressed</li>
    <li><span class="key inner"></span> ${nameInterval(report.gate.level)}: each bound one-sided at the gate’s level</li>
    ${report.protectedTasks.length > 1 && html`<li><span class="key outer"></span> simultaneous over all tasks (Bonferroni)</li>`}
    ${isEvidencePolicy(report) && html`<li><span class="key intolerable"></span> ${report.protectedTasks.some(({ ceiling }) => ceiling) ? 'beyond' : 'below'} the tolerance</li>`}
  </ul>`;
}
