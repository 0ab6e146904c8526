import { html, type Markup } from '../markup/markup.js';
import { drawGrid } from './axis.js';
import { formatPercentage } from './coordinate.js';
import { placeMark } from './mark.js';
import type { Scale } from './scale.js';

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly title: string;
  /** A drawing around the origin. */
  readonly mark: Markup;
}

export interface ScatterPlot {
  readonly title: string;
  readonly heightPixels: number;
  readonly x: Scale;
  readonly y: Scale;
  /** Drawn in order: the last lies on top. */
  readonly points: readonly ScatterPoint[];
  /** Points left of this value are shaded. */
  readonly intolerableBelow: number;
  /** Drawn between the axes and the points, in the plot's percentages. */
  readonly behind?: Markup;
}

/** Draws points over two signed axes, with both zero lines. */
export function drawScatterPlot(plot: ScatterPlot): Markup {
  const { x, y } = plot;
  const zeroX = formatPercentage(x.position(0));
  const zeroY = formatPercentage(100 - y.position(0));
  return html`<svg class="chart plot" height="${plot.heightPixels}" role="img"><title>${plot.title}</title>
    <rect class="intolerable" width="${formatPercentage(x.position(plot.intolerableBelow))}" height="100%"/>
    ${drawGrid({ x, y, height: plot.heightPixels, signedX: true, signedY: true })}
    <line class="zero" x1="${zeroX}" x2="${zeroX}" y2="100%"/>
    <line class="zero" x2="100%" y1="${zeroY}" y2="${zeroY}"/>
    ${plot.behind}
    ${plot.points.map((point) =>
      placeMark(point.mark, {
        x: x.position(point.x),
        y: 100 - y.position(point.y),
        title: point.title,
      }),
    )}
  </svg>`;
}
