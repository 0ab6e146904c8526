import { html, type Markup } from '../markup/markup.js';
import { drawGrid } from './axis.js';
import { formatCoordinate, formatPercentage } from './coordinate.js';
import type { Scale } from './scale.js';

/** A point of a line; null where nothing was measured. */
export interface LinePoint {
  readonly x: number;
  readonly y: number | null;
  /** Tooltip: a dot is drawn that carries it. */
  readonly title?: string;
}

export interface LineSeries {
  readonly className: string;
  readonly title: string;
  readonly points: readonly LinePoint[];
  /** Shade between the line and this value, above it only. */
  readonly shadeAbove?: number;
}

/** A straight line across the plot. */
export interface Rule {
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly className: string;
  readonly title: string;
}

export interface LineChart {
  readonly title: string;
  readonly heightPixels: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly series: readonly LineSeries[];
  readonly rules?: readonly Rule[];
  readonly className?: string;
  readonly signedY?: boolean;
}

/** Draws lines over a shared horizontal axis. Coordinates are percentages: the plot fits any width. */
export function drawLineChart(chart: LineChart): Markup {
  const { x, y, heightPixels: height } = chart;
  return html`<svg class="chart plot ${chart.className}" height="${height}" role="img"><title>${chart.title}</title>
    ${drawGrid({ x, y, height, signedY: chart.signedY ?? false })}
    <svg class="stretch" viewBox="0 0 1000 1000" width="100%" height="100%" preserveAspectRatio="none">
      ${chart.series.map((series) => drawSeries(series, x, y))}
    </svg>
    ${(chart.rules ?? []).map((rule) => drawRule(rule, x, y))}
    ${chart.series.map((series) => drawDots(series, x, y))}
  </svg>`;
}

function drawSeries(series: LineSeries, x: Scale, y: Scale): Markup {
  const runs = splitRuns(series.points);
  const floor = series.shadeAbove;
  return html`${
    floor !== undefined &&
    html`<path class="area ${series.className}" d="${runs.map((run) => traceArea(run, x, y, floor)).join('')}"/>`
  }<path class="line ${series.className}" d="${runs.map((run) => traceLine(run, x, y)).join('')}"><title>${series.title}</title></path>`;
}

type Run = readonly { readonly x: number; readonly y: number }[];

/** Breaks a series where values are missing. */
function splitRuns(points: readonly LinePoint[]): Run[] {
  const runs: { x: number; y: number }[][] = [[]];
  for (const point of points) {
    if (point.y === null || !Number.isFinite(point.y)) {
      if (runs.at(-1)?.length) runs.push([]);
    } else {
      runs.at(-1)?.push({ x: point.x, y: point.y });
    }
  }
  return runs.filter((run) => run.length > 0);
}

function traceLine(run: Run, x: Scale, y: Scale): string {
  const steps = run.map((p) => `${place(x.position(p.x))} ${place(100 - y.position(p.y))}`);
  // A run of one point still shows: round caps make a dot of it.
  return `M${steps.join('L')}${run.length === 1 ? 'h.1' : ''}`;
}

function traceArea(run: Run, x: Scale, y: Scale, floor: number): string {
  const first = run[0];
  const last = run.at(-1);
  if (!first || !last) return '';
  const held = run.map((p) => ({ x: p.x, y: Math.max(p.y, floor) }));
  const base = place(100 - y.position(floor));
  return `${traceLine(held, x, y)}L${place(x.position(last.x))} ${base}L${place(x.position(first.x))} ${base}Z`;
}

function place(percent: number): string {
  return formatCoordinate(Math.round(percent * 10));
}

function drawRule(rule: Rule, x: Scale, y: Scale): Markup {
  if (rule.axis === 'x') {
    const at = formatPercentage(x.position(rule.value));
    return html`<line class="${rule.className}" x1="${at}" x2="${at}" y2="100%"><title>${rule.title}</title></line>`;
  }
  const at = formatPercentage(100 - y.position(rule.value));
  return html`<line class="${rule.className}" x2="100%" y1="${at}" y2="${at}"><title>${rule.title}</title></line>`;
}

function drawDots(series: LineSeries, x: Scale, y: Scale): Markup {
  return html`${series.points.map(
    (point) =>
      point.title !== undefined &&
      point.y !== null &&
      Number.isFinite(point.y) &&
      html`<circle class="dot ${series.className}" cx="${formatPercentage(x.position(point.x))}" cy="${formatPercentage(100 - y.position(point.y))}" r="3.5"><title>${point.title}</title></circle>`,
  )}`;
}
