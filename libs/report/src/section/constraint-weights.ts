import { drawLineChart } from '../chart/line-chart.js';
import type { Scale } from '../chart/scale.js';
import { thinSeries } from '../chart/thin-series.js';
import { formatSignificant } from '../format/format-number.js';
import type { Markup } from '../markup/markup.js';
import type { ConstraintHistory } from './constraint-history.js';

/** The weight of a constraint over the run, as a low strip from zero to the largest weight of all. */
export function drawWeights(
  history: ConstraintHistory,
  scales: { readonly x: Scale; readonly weight: Scale },
  pointsMax: number,
): Markup {
  const largest = Math.max(...history.weights);
  return drawLineChart({
    title: `${history.task}: weight by step, largest ${formatSignificant(largest)}`,
    className: 'weights',
    heightPixels: 26,
    x: scales.x,
    y: { ...scales.weight, ticks: [scales.weight.max] },
    series: [
      {
        className: 'weight',
        title: `${history.task}: weight`,
        points: thinSeries(history.weightPoints, pointsMax),
        shadeAbove: 0,
      },
    ],
    rules: [{ axis: 'y', value: 0, className: 'base', title: 'Weight 0' }],
  });
}
