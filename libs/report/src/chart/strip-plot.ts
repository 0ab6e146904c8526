import { html, type Markup } from '../markup/markup.js';
import { formatPercentage } from './coordinate.js';
import { drawMark, type MarkKind, placeMark } from './mark.js';
import type { Scale } from './scale.js';

/** Draws many values on one line, with the zero line: a whole distribution in a hand's breadth. */
export function drawStripPlot(
  plot: {
    readonly title: string;
    readonly points: readonly { value: number; kind: MarkKind; title: string }[];
    readonly limit?: number;
  },
  scale: Scale,
): Markup {
  const zero = formatPercentage(scale.position(0));
  return html`<svg class="chart strip" height="22" role="img"><title>${plot.title}</title>
    ${plot.limit !== undefined && html`<rect class="intolerable" width="${formatPercentage(scale.position(plot.limit))}" height="100%"/>`}
    <line class="base" x2="100%" y1="50%" y2="50%"/>
    <line class="zero" x1="${zero}" x2="${zero}" y2="100%"/>
    ${plot.points.map((point) =>
      placeMark(drawMark(point.kind), {
        x: scale.position(point.value),
        y: 50,
        title: point.title,
      }),
    )}
  </svg>`;
}
