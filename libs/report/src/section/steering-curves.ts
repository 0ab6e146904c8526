import { drawLineChart, type LineSeries, type Rule } from '../chart/line-chart.js';
import { createScale, type Scale } from '../chart/scale.js';
import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { asLoss, findChosen } from './evidence.js';
import { renderFigure } from './section.js';

/** Target and protected tasks on steering data over the steps of the run. */
export function renderSteeringCurves(report: RunReport): Markup {
  const heading = 'Measurements over steps';
  if (report.steering.length === 0) {
    return renderFigure({
      heading,
      content: html`<p class="empty">Nothing was measured on steering data.</p>`,
    });
  }
  const x = createScale(
    report.steering.map((row) => row.step),
    { include: [0, report.run.steps] },
  );
  return renderFigure({
    heading,
    content: html`<p class="axis-name">Target, points</p>${drawTarget(report, x)}
      <p class="axis-name">Protected tasks, points</p>${drawProtected(report, x)}<p class="axis-name below">Step →</p>`,
    caption: html`<span class="legend"><span><span class="key line candidate"></span> target</span>
      <span><span class="key line worst"></span> worst protected task at each step</span>
      <span><span class="key line other"></span> each protected task</span></span>${
        report.protectedTasks.some(({ ceiling }) => ceiling) &&
        ' A ceiling must not grow: for it, up is worse.'
      }`,
  });
}

function drawTarget(report: RunReport, x: Scale): Markup {
  const points = report.steering.map((row) => ({
    x: row.step,
    y: 100 * row.targetChange,
    title: `Step ${row.step}: target ${formatPoints(row.targetChange)} points`,
  }));
  return drawLineChart({
    title: `Target change over ${points.length} measurements, last ${formatPoints(report.steering.at(-1)?.targetChange)} points`,
    heightPixels: 120,
    x,
    y: createScale(
      points.map((p) => p.y),
      { include: [0], tickCount: 3, round: true },
    ),
    series: [{ className: 'candidate', title: nameTargets(report), points }],
    rules: [zeroRule, ...ruleChosen(report)],
    signedY: true,
  });
}

function drawProtected(report: RunReport, x: Scale): Markup {
  const tasks = report.protectedTasks.map(
    (task, index): LineSeries => ({
      className: 'other',
      title: task.ceiling ? `${task.task}: a ceiling, up is worse` : task.task,
      points: report.steering.map((row) => ({
        x: row.step,
        y: percentOrNull(row.accuracyChanges[index]),
      })),
    }),
  );
  const worst: LineSeries = {
    className: 'worst',
    title: 'Worst protected task at each step',
    points: report.steering.map((row) => findWorst(report, row)),
  };
  const values = [...tasks, worst].flatMap((series) => series.points.map((p) => p.y ?? Number.NaN));
  return drawLineChart({
    title: `Changes of ${tasks.length} protected tasks over steps`,
    heightPixels: 150,
    x,
    y: createScale(values, { include: [0], tickCount: 4, round: true }),
    series: [...tasks, worst],
    rules: [zeroRule, ...ruleChosen(report)],
    signedY: true,
  });
}

function nameTargets({ targets }: RunReport): string {
  const names = targets.map(({ task }) => task).join(', ');
  return targets.length > 1 ? `mean of ${names}` : names;
}

const zeroRule: Rule = { axis: 'y', value: 0, className: 'zero', title: 'No change' };

function ruleChosen(report: RunReport): readonly Rule[] {
  const chosen = findChosen(report);
  if (!chosen) return [];
  return [
    {
      axis: 'x',
      value: chosen.step,
      className: 'chosen-rule',
      title: `Taken to the gate: ${chosen.version}`,
    },
  ];
}

function percentOrNull(change: number | undefined): number | null {
  return change === undefined || !Number.isFinite(change) ? null : 100 * change;
}

function findWorst(report: RunReport, row: RunReport['steering'][number]) {
  const changes = row.accuracyChanges.map((change, k) => ({
    change,
    task: report.protectedTasks[k],
  }));
  const [worst] = changes
    .filter(({ change }) => Number.isFinite(change))
    .sort((a, b) => asLoss(a.task ?? {}, a.change) - asLoss(b.task ?? {}, b.change));
  if (worst === undefined) return { x: row.step, y: null };
  const name = worst.task?.task ?? 'a protected task';
  return {
    x: row.step,
    y: 100 * worst.change,
    title: `Step ${row.step}: ${name} ${formatPoints(worst.change)} points`,
  };
}
