import { drawInlineMark } from '../chart/mark.js';
import { formatPlainPoints, formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ClaimResult, RunReport } from '../run-report.js';
import { renderConfidence } from './confidence.js';
import { isEvidencePolicy, listFloors } from './evidence.js';
import { getOutcomeStyle } from './outcome-style.js';
import { renderScrollable, renderSection } from './section.js';
import { renderSensitivity } from './sensitivity.js';

/** What holds for several protected tasks in the mean, how sure it is, and what it rests on. */
export function renderClaims(report: RunReport): Markup | undefined {
  if (report.protectedTasks.length === 0) return;
  return renderSection({
    id: 'claims',
    heading: 'How much may be lost',
    lead:
      report.claims.length === 0
        ? 'How sure one may be that a drop is no larger than it is said to be.'
        : 'Several tasks in the mean show more than one alone, from the same data. A mean is taken by images and by tasks; the worse stands here. Only what the plan stated beforehand decides.',
    content: html`${report.claims.length > 0 && renderTable(report)}${renderConfidence(report)}${renderSensitivity(report)}`,
  });
}

/** The sharpest claim for the first screen, where the reason does not lead with it. */
export function renderSharpest(report: RunReport): Markup | undefined {
  const isStated = report.claims.some(isHeld);
  if (report.outcome === 'NO_FEASIBLE_CANDIDATE' || !isEvidencePolicy(report)) return;
  if (report.outcome === 'RETAINED' && isStated) return;
  const sharpest = [...report.claims]
    .filter((claim) => isHeld(claim) || (!isStated && claim.verdict === null))
    .sort((a, b) => b.lowerBound - a.lowerBound)[0];
  if (sharpest === undefined) return;
  return html`<p class="sharpest">${isStated && html`<b>Holds all the same:</b> `}${sharpest.reason} <a href="#claims">More</a></p>`;
}

function isHeld({ verdict }: ClaimResult): boolean {
  return verdict === 'RETAINED';
}

function renderTable(report: RunReport): Markup {
  return renderScrollable(
    'Claims about several tasks',
    html`<table>
      <thead><tr><th scope="col">Mean of</th><th scope="col" class="number">Worst seen</th><th scope="col" class="number">Bound</th>
        <th scope="col" class="number">Claimed</th><th scope="col">Verdict</th><th scope="col">In words</th></tr></thead>
      <tbody>${renderEach(report)}${report.claims.map(renderClaim)}</tbody></table>`,
  );
}

function renderEach(report: RunReport): Markup {
  const tasks = listFloors(report.protectedTasks);
  const tolerances = tasks.map((task) => formatPlainPoints(task.tolerance));
  const lowest = Math.min(...tasks.map((task) => task.lowerBound));
  return html`<tr><th scope="row">each alone</th>
    <td class="number">${formatPoints(Math.min(...tasks.map((task) => task.accuracyChange)))}</td>
    <td class="number">${formatPoints(lowest)}</td>
    <td class="number">${new Set(tolerances).size === 1 ? tolerances[0] : 'by task'}</td>
    <td><a href="#protected">task by task</a></td>
    <td class="long">A single task can have lost up to ${formatPlainPoints(Math.max(0, Math.round(-1000 * lowest) / 1000))} points unseen.</td></tr>`;
}

function renderClaim(claim: ClaimResult): Markup {
  return html`<tr><th scope="row">${claim.together ? 'all together' : `any ${claim.tasks}`}</th>
    <td class="number">${formatPoints(claim.accuracyChange)}</td>
    <td class="number">${!claim.isExact && '≥ '}${formatPoints(claim.lowerBound)}</td>
    <td class="number">${claim.tolerance === null ? '–' : formatPlainPoints(claim.tolerance)}</td>
    <td>${
      claim.verdict === null
        ? html`<span class="quiet">decides nothing</span>`
        : html`${drawInlineMark(claim.verdict)} ${getOutcomeStyle(claim.verdict).word.toLowerCase()}`
    }</td>
    <td class="long">${claim.reason}</td></tr>`;
}
