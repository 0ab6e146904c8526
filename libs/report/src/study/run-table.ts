import { drawInlineMark } from '../chart/mark.js';
import { formatFixed, formatPercent, formatPoints, formatSigned } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import { getOutcomeStyle, type Outcome } from '../section/outcome-style.js';
import { renderScrollable, renderSection } from '../section/section.js';
import type { StudyReport, StudyRun } from '../study-report.js';
import { formatSeconds } from './format-estimate.js';

/** Every run, finished or not. */
export function renderRuns(report: StudyReport): Markup {
  const hasSettings = new Set(report.cells.map(({ setting }) => setting)).size > 1;
  const titles = ['Target gain', 'Worst protected', 'DevSafety(loss)', 'Broken', 'Mended'];
  const number = (title: string) => html`<th scope="col" class="number">${title}</th>`;
  const table = html`<table><thead><tr><th scope="col">Run</th>${hasSettings && html`<th scope="col">Setting</th>`}<th scope="col">Gate</th>
    ${[...titles, 'Test: gain', 'Test: worst', 'Calibration error', 'Training'].map(number)}</tr></thead>
    <tbody>${report.cells.map((run) => renderRow(run, hasSettings))}</tbody></table>`;
  return renderSection({
    id: 'runs',
    heading: 'Every run',
    lead: 'Each has a folder of its own in runs/, with its plan, verdict and report.',
    content: renderScrollable('Every run', table),
  });
}

function renderRow(
  { cell, setting, state, failure, figures }: StudyRun,
  hasSettings: boolean,
): Markup {
  const name = html`<th scope="row">${cell}</th>${hasSettings && html`<td>${setting}</td>`}`;
  if (figures === null) {
    return html`<tr>${name}<td colspan="10" class="quiet">${failure === null ? state : `${state}: ${failure}`}</td></tr>`;
  }
  const { outcome, validation, test, calibration, trainingSeconds, resumed } = figures;
  const cells = [
    formatPoints(validation.targetGain),
    formatPoints(validation.devSafetyAccuracy),
    formatSigned(validation.devSafetyLoss ?? Number.NaN, 3),
    formatPercent(validation.negativeFlips),
    formatPercent(validation.positiveFlips),
    formatPoints(test?.targetGain),
    formatPoints(test?.devSafetyAccuracy),
    calibration
      ? `${formatFixed(calibration.all.old, 3)} → ${formatFixed(calibration.all.new, 3)}`
      : '–',
    resumed ? 'resumed' : formatSeconds(trainingSeconds),
  ];
  return html`<tr>${name}<td>${drawInlineMark(outcome)} ${nameOutcome(outcome)}</td>${cells.map((each) => html`<td class="number">${each}</td>`)}</tr>`;
}

/** Of a study, a run is released or not; `retained` is what is said of its accuracies. */
function nameOutcome(outcome: Outcome): string {
  return outcome === 'RETAINED' ? 'released' : getOutcomeStyle(outcome).word.toLowerCase();
}
