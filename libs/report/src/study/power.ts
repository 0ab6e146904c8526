import { formatCount } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import { renderScrollable, renderSection } from '../section/section.js';
import type { StudyReport } from '../study-report.js';

/** Tasks that the gate left undecided, and how much more evidence would have decided. */
export function renderPower(report: StudyReport): Markup {
  const { power, methods } = report;
  const hasSettings = new Set(methods.map(({ setting }) => setting)).size > 1;
  if (power.length === 0) {
    const isMeasured = methods.some(({ runs }) => runs > 0);
    return renderSection({
      id: 'power',
      heading: 'What was left undecided',
      content: html`<p class="empty">${isMeasured ? 'No run left a protected task undecided.' : 'No run is finished.'}</p>`,
    });
  }
  const rows = power.map(
    ({ method, setting, task, undecided, runs, groups, moreNeeded }) =>
      html`<tr><th scope="row">${task}</th><td>${method}</td>${hasSettings && html`<td>${setting}</td>`}<td class="number">${undecided} of ${runs}</td>
        <td class="number">${formatCount(groups)}</td><td class="number">${moreNeeded === null ? 'none would' : formatCount(moreNeeded)}</td></tr>`,
  );
  return renderSection({
    id: 'power',
    heading: 'What was left undecided',
    lead: 'About so many more validation groups like those that judged would have decided in every one of these runs. The gate estimates it from what it saw.',
    content: renderScrollable(
      'Undecided tasks',
      html`<table class="narrow"><thead><tr><th scope="col">Protected task</th><th scope="col">Method</th>${hasSettings && html`<th scope="col">Setting</th>`}
        <th scope="col" class="number">Undecided</th><th scope="col" class="number">Groups</th><th scope="col" class="number">More needed</th></tr></thead><tbody>${rows}</tbody></table>`,
    ),
  });
}
