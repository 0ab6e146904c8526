import { drawInlineMark } from '../chart/mark.js';
import { formatCount, formatFixed, formatPercent, formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { findChosen } from './evidence.js';
import { getOutcomeStyle } from './outcome-style.js';
import { renderScrollable } from './section.js';

type Candidate = RunReport['candidates'][number];

const shownMax = 8;

/** The candidates in their order of rank; all but the first few are folded away. */
export function renderCandidateTable(report: RunReport): Markup | undefined {
  if (report.candidates.length === 0) return;
  const rows = report.candidates.map((candidate, index) =>
    renderRow(candidate, index + 1, candidate === findChosen(report)),
  );
  const rest = rows.slice(shownMax);
  return html`<h3>Candidates as ranked</h3>
    ${renderScrollable('Candidates as ranked', renderTable(rows.slice(0, shownMax)))}
    ${
      rest.length > 0 &&
      html`<details><summary>${rest.length} more candidates</summary>${renderScrollable('More candidates', renderTable(rest))}</details>`
    }`;
}

function renderTable(rows: readonly Markup[]): Markup {
  return html`<table>
    <thead><tr><th scope="col" class="number">Rank</th><th scope="col">Version</th><th scope="col" class="number">Step</th>
      <th scope="col">Weights</th><th scope="col" class="number">alpha</th><th scope="col" class="number">Target</th>
      <th scope="col" class="number">Worst protected</th><th scope="col" class="number">Chance to pass</th><th scope="col">Feasible</th><th scope="col">Gate</th></tr></thead>
    <tbody>${rows}</tbody></table>`;
}

function renderRow(candidate: Candidate, rank: number, chosen: boolean): Markup {
  return html`<tr ${chosen && html`class="chosen-row"`}><td class="number">${rank}</td>
    <th scope="row">${candidate.version}${chosen && html` <span class="tag">taken</span>`}</th>
    <td class="number">${formatCount(candidate.step)}</td>
    <td>${candidate.average ? 'average' : 'last'}</td>
    <td class="number">${formatFixed(candidate.alpha, 2)}</td>
    <td class="number">${formatPoints(candidate.targetChange)}</td>
    <td class="number">${formatPoints(candidate.devSafetyAccuracy)}</td>
    <td class="number">${candidate.retentionChance === undefined ? '' : formatPercent(candidate.retentionChance)}</td>
    <td>${candidate.feasible ? 'yes' : 'no'}</td>
    <td>${
      candidate.verdict
        ? html`${drawInlineMark(candidate.verdict)} ${getOutcomeStyle(candidate.verdict).word.toLowerCase()}`
        : html`<span class="quiet">not judged</span>`
    }</td></tr>`;
}
