import { drawInlineMark } from '../chart/mark.js';
import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ProtectedTaskResult, RunReport } from '../run-report.js';
import { describeAccuracies, describeInterval, sortWorstFirst } from './evidence.js';
import { getOutcomeStyle } from './outcome-style.js';
import { renderScrollable, renderSection } from './section.js';

/** The candidate against the first released model: losses too small to show in one round add up over many. */
export function renderFirstModel({ first }: RunReport): Markup | undefined {
  if (first === undefined) return;
  return renderSection({
    id: 'first',
    heading: 'Against the first released model',
    lead: html`${drawInlineMark(first.verdict)} ${first.reason} Small losses of many rounds add up: a release has to hold against the first model, too.
      <code title="${first.sha256}">${first.sha256.slice(0, 12)}</code>`,
    content: renderScrollable('Tasks against the first model', renderTable(first.tasks)),
  });
}

function renderTable(tasks: readonly ProtectedTaskResult[]): Markup {
  return html`<table>
    <thead><tr><th scope="col">Task</th><th scope="col">Accuracy</th><th scope="col" class="number">Change</th>
      <th scope="col">Bounds</th><th scope="col">Verdict</th></tr></thead>
    <tbody>${sortWorstFirst(tasks).map(
      (task) => html`<tr><th scope="row">${task.task}</th><td>${describeAccuracies(task)}</td>
        <td class="number">${formatPoints(task.accuracyChange)}</td><td>${describeInterval(task)}</td>
        <td>${drawInlineMark(task.verdict)} ${getOutcomeStyle(task.verdict).word.toLowerCase()}</td></tr>`,
    )}</tbody></table>`;
}
