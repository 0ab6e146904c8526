import { drawLineChart, type LineSeries } from '../chart/line-chart.js';
import { createScale, type Scale } from '../chart/scale.js';
import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { StudyReport, StudyRun } from '../study-report.js';
import { drawMethodKey } from './method-mark.js';

/** What is drawn over steps. */
interface Measured {
  readonly name: string;
  read(point: StudyRun['trajectory'][number]): number | null;
  describe(point: StudyRun['trajectory'][number]): string;
}

const measured: readonly Measured[] = [
  {
    name: 'Target, points',
    read: ({ targetChange }) => targetChange,
    describe: ({ targetChange }) => `target ${formatPoints(targetChange)} points`,
  },
  {
    name: 'Worst protected, points',
    read: ({ worstChange }) => worstChange,
    describe: ({ worstChange, worstTask }) =>
      `${worstTask ?? 'worst protected task'} ${formatPoints(worstChange ?? Number.NaN)} points`,
  },
];

/** Target and worst protected change on steering data over steps: a panel a method, a line a run, axes alike. */
export function renderTrajectories(report: StudyReport, setting: string): Markup | undefined {
  const runs = report.cells.filter((run) => run.setting === setting && run.trajectory.length > 0);
  if (runs.length === 0) return;
  const all = [...new Set(report.methods.map(({ method }) => method))];
  const methods = all.filter((name) => runs.some(({ method }) => method === name));
  const points = runs.flatMap(({ trajectory }) => trajectory);
  const x = createScale(
    points.map(({ step }) => step),
    { include: [0], tickCount: 4 },
  );
  const rows = measured.map((each) => ({
    ...each,
    y: createScale(
      points.map((point) => 100 * (each.read(point) ?? Number.NaN)),
      { include: [0], tickCount: 4, pad: 0.06 },
    ),
  }));
  return html`<h3>On the way</h3>
    <p class="quiet">Changes on steering images over steps, a line a run; all panels have the same axes. They choose the candidate, and are not what judges it.</p>
    <div class="trajectories">${methods.map((method) =>
      drawPanel(
        runs.filter((run) => run.method === method),
        { index: all.indexOf(method), x, rows },
      ),
    )}</div>`;
}

interface Panel {
  readonly index: number;
  readonly x: Scale;
  readonly rows: readonly (Measured & { readonly y: Scale })[];
}

function drawPanel(runs: readonly StudyRun[], { index, x, rows }: Panel): Markup {
  const { method } = runs[0]!;
  return html`<figure><h4>${drawMethodKey(index)} ${method}</h4>${rows.map(
    ({ name, y, read, describe }) =>
      html`<p class="axis-name">${name}</p>${drawLineChart({
        title: `${method}: ${name} over steps, ${runs.length} run${runs.length === 1 ? '' : 's'}`,
        heightPixels: 120,
        x,
        y,
        series: runs.map(
          (run): LineSeries => ({
            className: `method-${index % 5}`,
            title: `seed ${run.seed}`,
            points: [
              { x: 0, y: 0 },
              ...run.trajectory.map((point) => ({
                x: point.step,
                y: read(point) === null ? null : 100 * read(point)!,
                title: `Seed ${run.seed}, step ${point.step}: ${describe(point)}`,
              })),
            ],
          }),
        ),
        rules: [{ axis: 'y', value: 0, className: 'zero', title: 'No change' }],
        signedY: true,
      })}`,
  )}<p class="axis-name below">Step →</p></figure>`;
}
