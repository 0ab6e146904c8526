import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { formatPercentage } from './coordinate.js';

/** What a mark stands for: an outcome, the old or new model, or a candidate. */
export type MarkKind = RunReport['outcome'] | 'reference' | 'candidate';

// Each kind has its own shape, so that no meaning rests on colour alone.
const shapes: Readonly<Record<MarkKind, Markup>> = {
  RETAINED: html`<circle class="mark retained" r="5.5"/>`,
  REGRESSED: html`<path class="mark regressed" d="M0-7.5 7.5 0 0 7.5-7.5 0z"/>`,
  UNDECIDED: html`<circle class="mark undecided hollow" r="5"/>`,
  NO_FEASIBLE_CANDIDATE: html`<path class="mark infeasible" d="M-5.5-5.5h11v11h-11z"/>`,
  reference: html`<circle class="mark reference hollow" r="4.5"/>`,
  candidate: html`<circle class="mark candidate" r="5.5"/>`,
};

/** A mark at the origin of its surroundings. */
export function drawMark(kind: MarkKind): Markup {
  return shapes[kind];
}

/**
 * A mark (or any drawing around the origin) at percentages of a chart, with its tooltip; nothing
 * where there is no such place.
 */
export function placeMark(
  mark: Markup,
  place: { x: number; y: number; title?: string },
): Markup | undefined {
  if (!Number.isFinite(place.x) || !Number.isFinite(place.y)) return;
  return html`<svg class="place" x="${formatPercentage(place.x)}" y="${formatPercentage(place.y)}">${
    place.title !== undefined && html`<title>${place.title}</title>`
  }${mark}</svg>`;
}

/** A mark beside text, in a legend or a table cell; the text says what it means. */
export function drawInlineMark(kind: MarkKind): Markup {
  return html`<svg class="inline-mark" viewBox="-9 -9 18 18" width="14" height="14" aria-hidden="true">${drawMark(kind)}</svg>`;
}
