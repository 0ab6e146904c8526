import { formatCounted, formatShare } from '../format/format-number.js';
import { formatInstant } from '../format/format-time.js';
import { html, type Markup } from '../markup/markup.js';
import type { LedgerReport, RunReport } from '../run-report.js';
import { renderScrollable, renderSection } from './section.js';

/** How often the validation images have judged: what the verdict's level is worth. */
export function renderLedger({ ledger }: RunReport): Markup | undefined {
  if (ledger === undefined) return;
  const { judgements, level, judgementsMax, spent, left, path } = ledger;
  const count = judgements.length;
  return renderSection({
    id: 'ledger',
    heading: 'How often these images have judged',
    lead: html`Whoever tries often enough passes by luck: all judgements by the same validation images share one level, ${formatShare(level)}${judgementsMax > 1 && ` in ${judgementsMax} parts`}. ${formatCounted(count, 'judgement')} took ${formatShare(spent)} of it;
      ${left === 0 ? 'nothing is left for another candidate' : `${left} more may be made`}.`,
    content: html`${
      count === 0
        ? html`<p class="empty">None that could have released a model.</p>`
        : renderScrollable('Judgements by these images', renderTable(judgements))
    }<p class="quiet">${path}</p>`,
  });
}

function renderTable(judgements: LedgerReport['judgements']): Markup {
  return html`<table>
    <thead><tr><th scope="col" class="number">No.</th><th scope="col">When</th><th scope="col">Candidate</th>
      <th scope="col">Verdict</th><th scope="col" class="number">Level</th><th scope="col">By</th></tr></thead>
    <tbody>${judgements.map(renderRow)}</tbody></table>`;
}

function renderRow(judgement: LedgerReport['judgements'][number], index: number): Markup {
  const { at, candidate, candidateSha256, verdict, level, command, isThis } = judgement;
  return html`<tr ${isThis && html`class="chosen-row"`}><td class="number">${index + 1}</td><td>${formatInstant(at)}</td>
    <th scope="row">${candidate}${isThis && html` <span class="tag">this report</span>`}
      ${candidateSha256 !== undefined && html`<br/><code class="quiet" title="${candidateSha256}">${candidateSha256.slice(0, 12)}</code>`}</th>
    <td>${verdict ?? html`<span class="quiet">not seen</span>`}</td><td class="number">${formatShare(level)}</td><td class="long">${command}</td></tr>`;
}
