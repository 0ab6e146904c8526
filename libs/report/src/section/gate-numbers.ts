import {
  formatFixed,
  formatPlainPoints,
  formatPoints,
  formatProbability,
  formatSigned,
} from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ProtectedTaskResult, RunReport } from '../run-report.js';
import { renderScrollable } from './section.js';

/** Every number behind the verdicts, folded away. */
export function renderGateNumbers(
  report: RunReport,
  tasks: readonly ProtectedTaskResult[],
): Markup {
  return html`<details class="printed">
    <summary>Every number of the gate</summary>
    <p class="quiet prose">That all tasks are retained holds at the gate’s level without correction (intersection-union); that one
      regressed is one claim of many, so Holm’s p says whether it stands. Changes and bounds in points. p: one-sided test of “lost no more than the tolerance” (a ceiling: “grew by no more”); Holm: the same,
      corrected for naming several tasks. McNemar: exact, on flips alone, for information. Smallest drop: what this much
      evidence could have shown. Loss: change of the mean cross-entropy, in nats; DevSafety by loss is
      ${formatSigned(report.devSafetyLoss ?? Number.NaN, 3)}.</p>
    ${renderScrollable(
      'Every number of the gate',
      html`<table>
        <thead><tr><th scope="col">Task</th><th scope="col" class="number">Tolerance</th><th scope="col" class="number">Lower</th>
          <th scope="col" class="number">Upper</th><th scope="col" class="number">Simultaneous</th><th scope="col" class="number">p of a regression</th>
          <th scope="col" class="number">Holm p</th><th scope="col" class="number">McNemar p</th>
          <th scope="col" class="number">Smallest drop</th><th scope="col" class="number">Loss</th><th scope="col">Method</th>
          <th scope="col">Reason</th></tr></thead>
        <tbody>${tasks.map(renderRow)}</tbody>
      </table>`,
    )}
  </details>`;
}

function renderRow(task: ProtectedTaskResult): Markup {
  return html`<tr><th scope="row">${task.task}</th>
    <td class="number">${task.ceiling && 'growth '}${formatPlainPoints(task.tolerance)}</td>
    <td class="number">${formatPoints(task.lowerBound)}</td>
    <td class="number">${task.upperBound === 1 ? '–' : formatPoints(task.upperBound)}</td>
    <td class="number">${formatPoints(task.simultaneousLowerBound)} ${task.simultaneousUpperBound === 1 ? 'or more' : `to ${formatPoints(task.simultaneousUpperBound)}`}</td>
    <td class="number">${formatProbability(task.pValue)}</td>
    <td class="number">${formatProbability(task.holmPValue)}</td>
    <td class="number">${formatProbability(task.mcnemarPValue)}</td>
    <td class="number">${formatFixed(100 * task.smallestDetectableDrop, 1)}</td>
    <td class="number">${formatSigned(task.lossChange ?? Number.NaN, 3)}</td>
    <td class="method">${task.method}</td>
    <td class="long">${task.reason}</td></tr>`;
}
