import { drawLineChart, type LinePoint, type LineSeries } from '../chart/line-chart.js';
import { createScale, type Scale } from '../chart/scale.js';
import { thinSeries } from '../chart/thin-series.js';
import { formatCounted, formatSignificant } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { renderFigure, renderSection } from './section.js';
import { smoothSeries } from './smooth-series.js';

type Row = RunReport['training'][number];

const pointsMax = 400;

/** Objective, penalty, gradient norm and learning rate over the run. */
export function renderTrainingCurves(report: RunReport): Markup {
  const { training } = report;
  if (training.length === 0) {
    return renderSection({
      id: 'training',
      heading: 'Objective',
      content: html`<p class="empty">No training step was recorded.</p>`,
    });
  }
  const x = createScale([0, report.run.steps], { tickCount: 4 });
  const last = smoothSeries(readSeries(training, (row) => row.objective)).at(-1)?.y;
  return renderSection({
    id: 'training',
    heading: 'Objective',
    lead: `${formatCounted(report.run.steps, 'step')}; smoothed objective at the end ${formatSignificant(last ?? Number.NaN)}. Thin: each step. Bold: moving median over a twentieth of the run.`,
    content: html`<div class="curves">
      ${drawCurve('Objective', training, x, (row) => row.objective, true)}
      ${hasPenalty(training) && drawCurve('Penalty', training, x, (row) => row.penalty, true)}
      ${drawCurve('Gradient norm', training, x, (row) => row.gradientNorm, true)}
      ${drawCurve('Learning rate', training, x, (row) => row.learningRate, false)}
    </div>`,
  });
}

function hasPenalty(training: readonly Row[]): boolean {
  return training.some((row) => row.penalty !== 0);
}

function readSeries(training: readonly Row[], read: (row: Row) => number): readonly LinePoint[] {
  return training.map((row) => ({ x: row.step, y: Number.isFinite(read(row)) ? read(row) : null }));
}

function drawCurve(
  name: string,
  training: readonly Row[],
  x: Scale,
  read: (row: Row) => number,
  smoothed: boolean,
): Markup {
  const points = readSeries(training, read);
  const raw = {
    className: smoothed ? 'raw' : 'candidate',
    title: name,
    points: thinSeries(points, pointsMax),
  };
  const series: LineSeries[] = [raw];
  if (smoothed) {
    const bold = thinSeries(smoothSeries(points), pointsMax);
    series.push({ className: 'candidate', title: `${name}, smoothed`, points: bold });
  }
  const values = points.map((point) => point.y ?? Number.NaN);
  return renderFigure({
    heading: name,
    content: drawLineChart({
      title: `${name} by step: first ${formatSignificant(values[0])}, last ${formatSignificant(values.at(-1))}`,
      heightPixels: 140,
      x,
      y: createScale(values, { tickCount: 4, pad: 0.04 }),
      series,
    }),
  });
}
