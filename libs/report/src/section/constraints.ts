import { createScale, type Scale } from '../chart/scale.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import { type ConstraintHistory, readConstraintHistory } from './constraint-history.js';
import { drawConstraint } from './draw-constraint.js';
import { sortWorstFirst } from './evidence.js';
import { renderSection } from './section.js';

const openMax = 12;

/** Each constraint's running estimate over the run, with its weight below: small multiples on one scale. */
export function renderConstraints(report: RunReport): Markup {
  const order = sortWorstFirst(report.protectedTasks);
  const histories = [...(report.ownConstraints ?? []), ...order]
    .map((task) => readConstraintHistory(report, task))
    .filter((history) => history.values.length > 0);
  if (histories.length === 0) {
    return renderSection({
      id: 'constraints',
      heading: 'Constraints during training',
      content: html`<p class="empty">This run trained without constraints: nothing to show.</p>`,
    });
  }
  return renderSection({
    id: 'constraints',
    heading: 'Constraints during training',
    lead: html`Running estimate u of each constraint by step, worst task of the gate first${report.ownConstraints?.length ? ', after those of your own' : ''}. Above zero (shaded) the constraint is
      violated; bold: moving median; below it, in blue, the weight. All share one scale. A constraint met here is not yet an accuracy kept:
      the gate measures that.`,
    content: renderMultiples(report, histories),
  });
}

function renderMultiples(report: RunReport, histories: readonly ConstraintHistory[]): Markup {
  const scales = createScales(report, histories);
  const draw = (history: ConstraintHistory) => drawConstraint(history, scales);
  const rest = histories.slice(openMax);
  return html`<ul class="multiples">${histories.slice(0, openMax).map(draw)}</ul>
    ${
      rest.length > 0 &&
      html`<details><summary>${rest.length} more constraints</summary><ul class="multiples">${rest.map(draw)}</ul></details>`
    }`;
}

function createScales(
  report: RunReport,
  histories: readonly ConstraintHistory[],
): { readonly x: Scale; readonly y: Scale; readonly weight: Scale } {
  const x = createScale([0, report.run.steps], { tickCount: 3 });
  const y = createScale(
    histories.flatMap((history) => history.values),
    { include: [0], tickCount: 4, pad: 0.05 },
  );
  const weight = createScale(
    histories.flatMap((history) => history.weights),
    { include: [0], tickCount: 1 },
  );
  return { x, y, weight };
}
