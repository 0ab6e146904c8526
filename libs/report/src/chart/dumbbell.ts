import { html, type Markup } from '../markup/markup.js';
import { formatPercentage } from './coordinate.js';
import { drawMark, placeMark } from './mark.js';
import type { Scale } from './scale.js';

/** Draws the way from the old value to the new one: hollow mark, bar, filled mark. */
export function drawDumbbell(
  values: { readonly reference: number; readonly candidate: number; readonly title: string },
  scale: Scale,
): Markup {
  const from = scale.position(values.reference);
  const to = scale.position(values.candidate);
  const direction = to >= from ? 'gain' : 'loss';
  return html`<svg class="chart dumbbell" height="24" role="img"><title>${values.title}</title>
    ${scale.ticks.map((tick) => {
      const at = formatPercentage(scale.position(tick));
      return html`<line class="grid" x1="${at}" x2="${at}" y2="100%"/>`;
    })}
    ${
      Number.isFinite(from + to) &&
      html`<line class="way ${direction}" x1="${formatPercentage(from)}" x2="${formatPercentage(to)}" y1="50%" y2="50%"/>`
    }
    ${placeMark(drawMark('reference'), { x: from, y: 50 })}
    ${placeMark(drawMark('candidate'), { x: to, y: 50 })}
  </svg>`;
}
