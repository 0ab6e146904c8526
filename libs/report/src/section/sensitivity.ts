import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { isEvidencePolicy, listFloors } from './evidence.js';
import { renderScrollable } from './section.js';

/** What the worst task's bound would be if large losses were spread over the tasks: an assumption. */
export function renderSensitivity(report: RunReport): Markup | undefined {
  const tasks = listFloors(report.protectedTasks);
  const plain = Math.min(...tasks.map((task) => task.lowerBound));
  // An assumption whose bound is no higher than the one without adds nothing.
  const sensitivity = report.sensitivity.filter(({ lowerBound }) => lowerBound > plain);
  if (sensitivity.length === 0 || tasks.length < 2 || !isEvidencePolicy(report)) return;
  return html`<h3>If large losses were spread over the tasks <span class="tag">decides nothing</span></h3>
    <p class="quiet prose">The lowest of the tasks’ bounds if no task had more than so many times the share of large losses that all protected
      tasks have; a large loss is a group that loses more than half of its images. That is an assumption, which no data here can
      show: a capability that is stolen is lost in one task, not in all.</p>
    ${renderScrollable(
      'Bounds under an assumption',
      html`<table><thead><tr><th scope="col">Assumed: at most</th><th scope="col" class="number">nothing</th>
        ${sensitivity.map(({ rateRatio }) => html`<th scope="col" class="number">${rateRatio} times</th>`)}</tr></thead>
        <tbody><tr><th scope="row">Lowest bound, points</th><td class="number">${formatPoints(plain)}</td>
        ${sensitivity.map(({ lowerBound }) => html`<td class="number">${formatPoints(lowerBound)}</td>`)}</tr></tbody></table>`,
    )}`;
}
