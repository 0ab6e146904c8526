import { formatPercentage } from '../chart/coordinate.js';
import { createScale } from '../chart/scale.js';
import { drawScatterPlot, type ScatterPoint } from '../chart/scatter-plot.js';
import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import { renderFigure } from '../section/section.js';
import type { StudyPlace, StudyReport } from '../study-report.js';
import { drawMethodKey, drawMethodMark } from './method-mark.js';

/** A method's place, and that of its runs. */
interface Placed {
  readonly name: string;
  readonly index: number;
  readonly place: StudyPlace;
  readonly runs: readonly { readonly seed: number; readonly x: number; readonly y: number }[];
}

/** Safety against gain of every method in one setting: up and to the right is better. */
export function renderFront(
  report: StudyReport,
  setting: string,
  images: 'validation' | 'test',
): Markup | undefined {
  const placed = listPlaced(report, setting, images);
  if (placed.length === 0) return;
  const ends = placed.flatMap(({ place, runs }) => [
    ...runs,
    ...(['lower', 'upper'] as const).map((end) => ({
      x: 100 * (place.devSafetyAccuracy[end] ?? Number.NaN),
      y: 100 * (place.targetGain[end] ?? Number.NaN),
    })),
  ]);
  const x = createScale(
    ends.map((end) => end.x),
    { include: [0, 1], pad: 0.05 },
  );
  const y = createScale(
    ends.map((end) => end.y),
    { include: [0], pad: 0.06 },
  );
  const heightPixels = 340;
  const plot = drawScatterPlot({
    title: `Safety against gain of ${placed.length} methods on ${images} images; the table has the figures`,
    heightPixels,
    x,
    y,
    points: listPoints(placed),
    intolerableBelow: 0,
    behind: html`${drawSteps(placed, x, y)}${placed.map(({ index, place }) => drawWhiskers(index, place, x, y))}`,
  });
  return renderFigure({
    heading: `On ${images} images`,
    content: html`<p class="axis-name">Target gain, points ↑</p>${plot}<p class="axis-name below">Worst protected change, points →</p>`,
    caption: html`<span class="legend">${placed.map(
      ({ name, index }) => html`<span>${drawMethodKey(index)} ${name}</span>`,
    )}<span><span class="key front"></span> Pareto front of the means</span></span>`,
  });
}

function listPlaced(report: StudyReport, setting: string, images: 'validation' | 'test'): Placed[] {
  const names = [...new Set(report.methods.map(({ method }) => method))];
  return report.methods.flatMap((summary) => {
    const place = summary[images];
    if (summary.setting !== setting || place === null || place.targetGain.mean === null) return [];
    const runs = report.cells.flatMap(({ method, setting: of, seed, figures }) => {
      const run = method === summary.method && of === setting ? figures?.[images] : undefined;
      return run ? [{ seed, x: 100 * run.devSafetyAccuracy, y: 100 * run.targetGain }] : [];
    });
    return [{ name: summary.method, index: names.indexOf(summary.method), place, runs }];
  });
}

/** Runs lie under the means. */
function listPoints(placed: readonly Placed[]): ScatterPoint[] {
  const runs = placed.flatMap(({ name, index, runs }) =>
    runs.map(({ seed, x, y }) => ({
      x,
      y,
      title: `${name}, seed ${seed}: worst protected change ${formatPoints(x / 100)}, target ${formatPoints(y / 100)} points`,
      mark: drawMethodMark(index, 'run'),
    })),
  );
  const means = placed.map(({ name, index, place }) => ({
    x: 100 * place.devSafetyAccuracy.mean!,
    y: 100 * place.targetGain.mean!,
    title: `${name}, mean: worst protected change ${formatPoints(place.devSafetyAccuracy.mean!)}, target ${formatPoints(place.targetGain.mean!)} points`,
    mark: drawMethodMark(index, 'mean'),
  }));
  return [...runs, ...means];
}

type Scale = ReturnType<typeof createScale>;

/** The interval of each mean, across and up. */
function drawWhiskers(index: number, place: StudyPlace, x: Scale, y: Scale): Markup {
  const [safety, gain] = [place.devSafetyAccuracy, place.targetGain];
  const across = (value: number) => formatPercentage(x.position(100 * value));
  const up = (value: number) => formatPercentage(100 - y.position(100 * value));
  const [atX, atY] = [across(safety.mean!), up(gain.mean!)];
  return html`${
    safety.lower !== null &&
    safety.upper !== null &&
    html`<line class="whisker method-${index % 5}" x1="${across(safety.lower)}" x2="${across(safety.upper)}" y1="${atY}" y2="${atY}"/>`
  }${
    gain.lower !== null &&
    gain.upper !== null &&
    html`<line class="whisker method-${index % 5}" x1="${atX}" x2="${atX}" y1="${up(gain.lower)}" y2="${up(gain.upper)}"/>`
  }`;
}

/** The front as steps: what is below and to the left of it is worse in both than some method. */
function drawSteps(placed: readonly Placed[], x: Scale, y: Scale): Markup {
  const corners = placed
    .filter(({ place }) => place.onFront)
    .map(({ place }) => ({
      x: x.position(100 * place.devSafetyAccuracy.mean!),
      y: 100 - y.position(100 * place.targetGain.mean!),
    }))
    .sort((a, b) => a.x - b.x);
  return html`${corners.map((corner, i) => {
    const left = i === 0 ? 0 : corners[i - 1]!.x;
    const below = corners[i + 1]?.y ?? 100;
    const [atX, atY] = [formatPercentage(corner.x), formatPercentage(corner.y)];
    return html`<line class="front" x1="${formatPercentage(left)}" x2="${atX}" y1="${atY}" y2="${atY}"/><line class="front" x1="${atX}" x2="${atX}" y1="${atY}" y2="${formatPercentage(below)}"/>`;
  })}`;
}
