import { drawLineChart } from '../chart/line-chart.js';
import { drawInlineMark } from '../chart/mark.js';
import type { Scale } from '../chart/scale.js';
import { thinSeries } from '../chart/thin-series.js';
import { formatShare, formatSignificant } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ConstraintHistory } from './constraint-history.js';
import { drawWeights } from './constraint-weights.js';
import { smoothSeries } from './smooth-series.js';

const pointsMax = 160;

/** One of the small multiples: name and last value, the estimate, the weight. */
export function drawConstraint(
  history: ConstraintHistory,
  scales: { readonly x: Scale; readonly y: Scale; readonly weight: Scale },
): Markup {
  const last = history.values.at(-1) ?? Number.NaN;
  const violated = history.values.filter((value) => value > 0).length / history.values.length;
  const summary = `last ${formatSignificant(last)}, above zero ${formatShare(Number(violated.toFixed(2)))} of the time`;
  return html`<li><p class="multiple-name">${history.verdict && drawInlineMark(history.verdict)} <b>${history.task}</b></p><p class="quiet">${summary}</p>
    ${drawLineChart({
      title: `${history.task}: constraint estimate by step, ${summary}, largest ${formatSignificant(Math.max(...history.values))}`,
      heightPixels: 84,
      x: { ...scales.x, ticks: history.weights.length > 0 ? [] : scales.x.ticks },
      y: scales.y,
      series: [
        {
          className: 'estimate',
          title: `${history.task}: u`,
          points: thinSeries(history.estimatePoints, pointsMax),
          shadeAbove: 0,
        },
        {
          className: 'trend',
          title: `${history.task}: u, smoothed`,
          points: thinSeries(smoothSeries(history.estimatePoints), 80),
        },
      ],
      rules: [{ axis: 'y', value: 0, className: 'zero', title: 'Satisfied at and below zero' }],
    })}${history.weights.length > 0 && drawWeights(history, scales, pointsMax)}</li>`;
}
