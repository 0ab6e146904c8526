import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { renderCandidateScatter } from './candidate-scatter.js';
import { renderCandidateTable } from './candidate-table.js';
import { findChosen } from './evidence.js';
import { renderSection } from './section.js';
import { renderSteeringCurves } from './steering-curves.js';

/** How the candidate was chosen: measurements over steps, candidates by safety and gain, the ranking. */
export function renderSelection(report: RunReport): Markup {
  return renderSection({
    id: 'selection',
    heading: 'Choice of the candidate',
    lead: describeChoice(report),
    content: html`<div class="pair">${renderCandidateScatter(report)}${renderSteeringCurves(report)}</div>
      ${renderCandidateTable(report)}`,
  });
}

function describeChoice(report: RunReport): Markup {
  const feasible = report.candidates.filter((candidate) => candidate.feasible).length;
  const chosen = findChosen(report);
  const measured = html`Measured on steering data, which neither trains nor judges. ${feasible} of ${report.candidates.length} candidates feasible.`;
  if (!chosen)
    return html`${measured} Taken to the gate: <b>${report.models.candidateVersion}</b>.`;
  return html`${measured} ${feasible > 0 ? 'Chosen' : 'None chosen; kept'}: <b>${chosen.version}</b>, target
    ${formatPoints(chosen.targetChange)}, worst protected change ${formatPoints(chosen.devSafetyAccuracy)} points.`;
}
