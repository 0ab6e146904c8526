import { html, type Markup } from '../markup/markup.js';
import { formatPercentage } from './coordinate.js';
import { drawMark, type MarkKind, placeMark } from './mark.js';
import type { Scale } from './scale.js';

/** One row of a forest plot. Values are in the scale's units. */
export interface IntervalRow {
  readonly title: string;
  readonly kind: MarkKind;
  readonly estimate: number;
  readonly lower: number | undefined;
  readonly upper: number | undefined;
  /** A wider interval, drawn thin. */
  readonly outerLower?: number;
  readonly outerUpper?: number;
  /** Where the intolerable begins; left of it is shaded. */
  readonly limit?: number;
  /** Right of the limit, instead. */
  readonly isCeiling?: boolean;
  /** Where better by what matters begins; marked. */
  readonly better?: number;
}

/** Draws an estimate and its intervals against the zero line and the limit. */
export function drawIntervalRow(row: IntervalRow, scale: Scale): Markup {
  const x = (value: number) => formatPercentage(scale.position(value));
  const limit = row.limit;
  return html`<svg class="chart interval" height="44" role="img"><title>${row.title}</title>
    ${limit !== undefined && drawIntolerable(scale.position(limit), row.isCeiling)}
    ${scale.ticks.map((tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y2="100%"/>`)}
    ${limit !== undefined && html`<line class="limit" x1="${x(limit)}" x2="${x(limit)}" y2="100%"/>`}
    ${row.better !== undefined && html`<line class="limit better" x1="${x(row.better)}" x2="${x(row.better)}" y2="100%"/>`}
    <line class="zero" x1="${x(0)}" x2="${x(0)}" y2="100%"/>
    ${drawSpan('outer', row.outerLower, row.outerUpper, scale)}
    ${drawSpan(`inner ${row.kind.toLowerCase()}`, row.lower, row.upper, scale)}
    ${placeMark(drawMark(row.kind), { x: scale.position(row.estimate), y: 50 })}
  </svg>`;
}

function drawIntolerable(position: number, isRight = false): Markup {
  return isRight
    ? html`<rect class="intolerable" height="100%" x="${formatPercentage(position)}" width="${formatPercentage(100 - position)}"/>`
    : html`<rect class="intolerable" height="100%" width="${formatPercentage(position)}"/>`;
}

function drawSpan(
  className: string,
  lower: number | undefined,
  upper: number | undefined,
  scale: Scale,
): Markup | undefined {
  if (lower === undefined || upper === undefined || Number.isNaN(lower) || Number.isNaN(upper))
    return;
  const [from, to] = [scale.position(lower), scale.position(upper)];
  return html`<line class="span ${className}" x1="${formatPercentage(from)}" x2="${formatPercentage(to)}" y1="50%" y2="50%"/>
    ${lower < scale.min ? drawArrow(0, 'M5-4 0 0 5 4') : drawCap(className, from)}
    ${upper > scale.max ? drawArrow(100, 'M-5-4 0 0-5 4') : drawCap(className, to)}`;
}

/** Says that the interval goes on beyond the plot. */
function drawArrow(x: number, path: string): Markup | undefined {
  return placeMark(html`<path class="arrow" d="${path}"/>`, { x, y: 50 });
}

function drawCap(className: string, x: number): Markup | undefined {
  return placeMark(html`<path class="cap ${className}" d="M0-5v10"/>`, { x, y: 50 });
}
