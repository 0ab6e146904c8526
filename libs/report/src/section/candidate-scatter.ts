import { createScale } from '../chart/scale.js';
import { drawScatterPlot, type ScatterPoint } from '../chart/scatter-plot.js';
import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { findChosen } from './evidence.js';
import { renderFigure } from './section.js';

type Candidate = RunReport['candidates'][number];

const feasibleMark = html`<circle class="candidate-mark feasible" r="5"/>`;
const infeasibleMark = html`<path class="candidate-mark infeasible" d="M-4-4 4 4M4-4-4 4"/>`;
const chosenMark = html`<circle class="chosen-ring" r="10"/><path class="chosen" d="M0-7 2-2.2 7-2.2 3 1 4.6 6 0 3-4.6 6-3 1-7-2.2-2-2.2z"/>`;

/** Safety against gain: up and to the right is better. */
export function renderCandidateScatter(report: RunReport): Markup {
  const chosen = findChosen(report);
  if (report.candidates.length === 0) {
    return renderFigure({
      heading: 'Safety against gain',
      content: html`<p class="empty">No candidate was measured.</p>`,
    });
  }
  const order = (candidate: Candidate) => (candidate === chosen ? 2 : candidate.feasible ? 1 : 0);
  const points = [...report.candidates]
    .sort((a, b) => order(a) - order(b))
    .map((candidate) => createPoint(candidate, candidate === chosen));
  const plot = drawScatterPlot({
    title: `Safety against gain of ${points.length} candidates; the table below has the figures`,
    heightPixels: 320,
    x: createScale(
      points.map((p) => p.x),
      { include: [0, 1, 100 * report.steeringMargin], pad: 0.05 },
    ),
    y: createScale(
      points.map((p) => p.y),
      { include: [0], pad: 0.06 },
    ),
    points,
    intolerableBelow: 100 * report.steeringMargin,
  });
  return renderFigure({
    heading: 'Safety against gain',
    content: html`<p class="axis-name">Target gain, points ↑</p>${plot}<p class="axis-name below">Worst protected change, points →</p>`,
    caption: renderLegend(report.steeringMargin, chosen !== undefined),
  });
}

function createPoint(candidate: Candidate, chosen: boolean): ScatterPoint {
  const title = [
    chosen && 'Chosen: ',
    candidate.version,
    `: worst protected change ${formatPoints(candidate.devSafetyAccuracy)}, target ${formatPoints(candidate.targetChange)} points, `,
    candidate.feasible ? 'feasible' : 'not feasible',
    candidate.verdict && `, gate: ${candidate.verdict.toLowerCase()}`,
  ];
  return {
    x: 100 * candidate.devSafetyAccuracy,
    y: 100 * candidate.targetChange,
    title: title.filter(Boolean).join(''),
    mark: chosen ? chosenMark : candidate.feasible ? feasibleMark : infeasibleMark,
  };
}

function renderLegend(margin: number, hasChosen: boolean): Markup {
  const key = (mark: Markup, size: number) =>
    html`<svg class="inline-mark" viewBox="-11 -11 22 22" width="${size}" height="${size}" aria-hidden="true">${mark}</svg>`;
  return html`<span class="legend">
    <span>${key(feasibleMark, 18)} feasible</span><span>${key(infeasibleMark, 18)} not feasible</span>
    ${hasChosen && html`<span>${key(chosenMark, 20)} taken to the gate</span>`}
    <span><span class="key intolerable"></span> a protected task below the margin of ${formatPoints(margin)} points</span>
  </span>`;
}
