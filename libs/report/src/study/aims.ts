import { drawInlineMark } from '../chart/mark.js';
import { html, type Markup } from '../markup/markup.js';
import { renderScrollable, renderSection } from '../section/section.js';
import type { StudyReport } from '../study-report.js';
import { formatStudyShare } from './format-estimate.js';

/** Marked as a gate marks a run. */
const styles = {
  REACHED: { word: 'reached', kind: 'RETAINED' },
  MISSED: { word: 'missed', kind: 'REGRESSED' },
  OPEN: { word: 'not yet', kind: 'UNDECIDED' },
} as const;

/** In how many runs each method reached the numbers that the study fixed. */
export function renderAims({ aim, aims }: StudyReport): Markup | undefined {
  if (aim === null || aims.length === 0) return;
  const hasSettings = new Set(aims.map(({ setting }) => setting)).size > 1;
  const rows = aims.map(
    ({ method, setting, outcome, reached, missed }) =>
      html`<tr><th scope="row">${method}</th>${hasSettings && html`<td>${setting}</td>`}<td>${drawInlineMark(styles[outcome].kind)} ${styles[outcome].word}</td>
        <td class="number">${formatStudyShare(reached)}</td><td>${missed.map(({ cell, reason }) => html`<div>${cell}: ${reason}</div>`)}</td></tr>`,
  );
  return renderSection({
    id: 'aim',
    heading: 'The aim',
    lead: `Fixed before the first run: ${aim}. These seeds are counted; the interval is about others.`,
    content: renderScrollable(
      'The aim, by method',
      html`<table class="narrow"><thead><tr><th scope="col">Method</th>${hasSettings && html`<th scope="col">Setting</th>`}<th scope="col">Aim</th><th scope="col" class="number">Runs</th><th scope="col">Short of it</th></tr></thead><tbody>${rows}</tbody></table>`,
    ),
  });
}
