import { formatFixed, formatSigned } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import { formatPercentage } from './coordinate.js';
import type { Scale } from './scale.js';

/** A tick's text with as many decimals as the scale needs; `signed` writes the plus. */
export function formatTick(value: number, scale: Scale, signed = false): string {
  return signed ? formatSigned(value, scale.digits) : formatFixed(value, scale.digits);
}

/** A horizontal axis on its own, for above the rows of a table. */
export function drawTopAxis(
  scale: Scale,
  axis: { readonly title: string; readonly format: (tick: number) => string },
): Markup {
  return html`<svg class="chart axis" height="22" role="img"><title>${axis.title}</title>
    ${scale.ticks.map((tick) => {
      const at = formatPercentage(scale.position(tick));
      return html`<text x="${at}" y="12" class="middle">${axis.format(tick)}</text><line class="tick" x1="${at}" x2="${at}" y1="17" y2="22"/>`;
    })}
  </svg>`;
}

/** Grid lines and labels of a plot: values left of it, positions below it. */
export function drawGrid(axes: {
  readonly x: Scale;
  readonly y: Scale;
  readonly height: number;
  readonly signedX?: boolean;
  readonly signedY?: boolean;
}): Markup {
  const { x, y } = axes;
  return html`${y.ticks.map((tick) => {
    const at = formatPercentage(100 - y.position(tick));
    return html`<line class="grid" x2="100%" y1="${at}" y2="${at}"/><text class="end" x="-8" y="${at}" dy=".35em">${formatTick(tick, y, axes.signedY)}</text>`;
  })}${x.ticks.map(
    (tick) =>
      html`<text class="middle" x="${formatPercentage(x.position(tick))}" y="${axes.height + 16}">${formatTick(tick, x, axes.signedX)}</text>`,
  )}`;
}
