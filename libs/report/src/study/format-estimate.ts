import { formatFixed, formatPercent, formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { StudyInterval, StudyShare } from '../study-report.js';

type Format = (value: number | undefined) => string;

/** A mean over its interval, in a cell of a table; without one where both ends read like the mean. */
export function formatInterval({ mean, lower, upper }: StudyInterval, format: Format): Markup {
  if (mean === null) return html`<span class="quiet">–</span>`;
  return html`${format(mean)}${
    lower !== null &&
    upper !== null &&
    (format(lower) !== format(mean) || format(upper) !== format(mean)) &&
    html`<span class="interval-text">${format(lower)} to ${format(upper)}</span>`
  }`;
}

/** A mean of a change, in points. */
export function formatPointsInterval(interval: StudyInterval): Markup {
  return formatInterval(interval, formatPoints);
}

/** `4 of 5` over its interval. */
export function formatStudyShare({ count, of, lower, upper }: StudyShare): Markup {
  if (lower === null || upper === null) return html`<span class="quiet">–</span>`;
  return html`${count} of ${of}<span class="interval-text">${formatPercent(lower, 0)} to ${formatPercent(upper, 0)}</span>`;
}

/** Seconds of training: a person wants two figures, not milliseconds. */
export function formatSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 90) return `${formatFixed(seconds, seconds < 10 ? 1 : 0)} s`;
  return `${formatFixed(seconds / 60, seconds < 600 ? 1 : 0)} min`;
}
