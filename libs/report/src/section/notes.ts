import { formatPercent } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { renderSection } from './section.js';

/** What a person should know before trusting the verdict: the report's notes and what its figures give away. */
export function listNotes(report: RunReport): readonly string[] {
  const guessed = report.protectedTasks
    .filter(({ ceiling }) => !ceiling)
    .filter(
      ({ classCount = 1, referenceAccuracy }) =>
        classCount > 1 && referenceAccuracy <= 1 / classCount,
    )
    .map(
      ({ task, referenceAccuracy }) =>
        `The old model gets only ${formatPercent(referenceAccuracy)} of '${task}' right, no more than guessing would: there is nothing in it to protect. Do the class names fit the prompts (prompts.classNames)?`,
    );
  return [...guessed, ...report.notes];
}

/** Shows the notes, if there are any. */
export function renderNotes(report: RunReport): Markup | undefined {
  const notes = listNotes(report);
  if (notes.length === 0) return;
  return renderSection({
    id: 'notes',
    heading: 'Read before you rely on it',
    content: html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`,
  });
}
