import { html, type Markup } from '../markup/markup.js';
import { renderScrollable } from '../section/section.js';
import type { StudyReport } from '../study-report.js';
import { formatStudyShare } from './format-estimate.js';

const words = { REACHED: 'Reached', MISSED: 'Missed', OPEN: 'Not yet' } as const;
const tones = { REACHED: 'retained', MISSED: 'regressed', OPEN: 'infeasible' } as const;

/** In how many runs each method reached the numbers that the study fixed. */
export function renderAims({ aim, aims, conclude }: StudyReport): Markup | undefined {
  if (aim === null || aims.length === 0) return;
  const hasSettings = new Set(aims.map(({ setting }) => setting)).size > 1;
  const needed = aims[0]!.needed;
  const rows = aims.map(
    ({ method, setting, outcome, reached, missed }) =>
      html`<tr><th scope="row">${method}</th>${hasSettings && html`<td>${setting}</td>`}<td class="${tones[outcome]}"><b>${words[outcome]}</b></td>
        <td class="number">${formatStudyShare(reached)}</td><td>${missed.map(({ cell, reason }) => html`<div>${cell}: ${reason}</div>`)}</td></tr>`,
  );
  return html`<h2 id="aim">The aim</h2>
    <p class="lead">Fixed before the first run: ${aim} on ${conclude.images} images, in ${needed === 1 ? '1 run' : `${needed} runs`} of a method. These seeds are counted; the interval is about others.</p>
    ${renderScrollable(
      'The aim, by method',
      html`<table class="aims"><thead><tr><th scope="col">Method</th>${hasSettings && html`<th scope="col">Setting</th>`}<th scope="col">Aim</th><th scope="col" class="number">Runs</th><th scope="col">Short of it</th></tr></thead><tbody>${rows}</tbody></table>`,
    )}`;
}
