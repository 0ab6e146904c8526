import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { renderSection } from './section.js';

/** What a person should know before trusting the verdict. */
export function renderNotes(report: RunReport): Markup | undefined {
  if (report.notes.length === 0) return;
  return renderSection({
    id: 'notes',
    heading: 'Read before you rely on it',
    content: html`<ul class="notes">${report.notes.map((note) => html`<li>${note}</li>`)}</ul>`,
  });
}
