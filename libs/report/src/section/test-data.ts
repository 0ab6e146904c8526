import { drawTopAxis } from '../chart/axis.js';
import { drawDumbbell } from '../chart/dumbbell.js';
import { drawInlineMark } from '../chart/mark.js';
import { createScale, type Scale } from '../chart/scale.js';
import { formatCount, formatPercent, formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport, TaskResult } from '../run-report.js';
import { describeAccuracies, describeInterval, nameInterval } from './evidence.js';
import { renderScrollable, renderSection } from './section.js';

/** Changes on test data with their intervals, read once, never part of the verdict. */
export function renderTestData(report: RunReport): Markup {
  const { test } = report;
  if (!test) {
    return renderSection({
      id: 'test',
      heading: 'Test data',
      content: html`<p class="empty">The manifest names no test data.</p>`,
    });
  }
  const hasGroups = test.tasks.some(({ groups, examples }) => groups !== examples);
  const scale = createScale([0, 1], { tickCount: 5 });
  return renderSection({
    id: 'test',
    heading: 'Test data',
    lead: `${test.note} ${hasGroups ? 'Intervals count groups. Where a task has as many as images, each counts' : 'Each image counts'} as independent: where several show the same thing, intervals are too narrow.`,
    content: html`<p>DevSafety, the worst change of a protected task, on test data:
      <b>${formatPoints(test.devSafetyAccuracy)} points</b>.</p>
      ${renderScrollable('Test results by task', renderTable(test.tasks, report, { hasGroups, scale }))}
      <ul class="legend"><li>${drawInlineMark('reference')} old model</li><li>${drawInlineMark('candidate')} new model</li></ul>`,
  });
}

interface TableOptions {
  readonly hasGroups: boolean;
  readonly scale: Scale;
}

function renderTable(
  tasks: readonly TaskResult[],
  report: RunReport,
  { hasGroups, scale }: TableOptions,
): Markup {
  const isTarget = (name: string) => report.targets.some(({ task }) => task === name);
  return html`<table>
    <thead><tr><th scope="col">Task</th><th scope="col" class="number">Old</th><th scope="col" class="number">New</th><th scope="col" class="number">Change</th>
      <th scope="col" class="number">${nameInterval(report.gate.level)}</th>
      <th scope="col" class="bar">${drawTopAxis(scale, { title: 'Accuracy, old to new', format: (tick) => formatPercent(tick, 0) })}</th><th scope="col" class="number">Broken</th>
      <th scope="col" class="number">Fixed</th><th scope="col" class="number">Images</th>${hasGroups && html`<th scope="col" class="number">Groups</th>`}</tr></thead>
    <tbody>${tasks.map((task) => renderRow(task, { isTarget: isTarget(task.task), hasGroups, scale }))}</tbody>
  </table>`;
}

interface RowOptions extends TableOptions {
  readonly isTarget: boolean;
}

function renderRow(task: TaskResult, { isTarget, hasGroups, scale }: RowOptions): Markup {
  return html`<tr><th scope="row">${task.task}${isTarget && html` <span class="tag">target</span>`}</th>
    <td class="number">${formatPercent(task.referenceAccuracy)}</td>
    <td class="number">${formatPercent(task.candidateAccuracy)}</td>
    <td class="number"><b>${formatPoints(task.accuracyChange)}</b></td>
    <td class="number">${describeInterval(task)}</td>
    <td class="bar">${drawDumbbell(
      {
        reference: task.referenceAccuracy,
        candidate: task.candidateAccuracy,
        title: `${task.task}: ${describeAccuracies(task)}`,
      },
      scale,
    )}</td>
    <td class="number">${formatCount(task.negativeFlips)}</td>
    <td class="number">${formatCount(task.positiveFlips)}</td>
    <td class="number">${formatCount(task.examples)}</td>${hasGroups && html`<td class="number">${formatCount(task.groups)}</td>`}</tr>`;
}
