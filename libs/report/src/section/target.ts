import { drawTopAxis } from '../chart/axis.js';
import { drawDumbbell } from '../chart/dumbbell.js';
import { drawInlineMark } from '../chart/mark.js';
import { createScale } from '../chart/scale.js';
import { formatCount, formatPercent, formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport, TaskResult } from '../run-report.js';
import {
  describeAccuracies,
  describeEvidence,
  describeInterval,
  nameInterval,
} from './evidence.js';
import { renderSection } from './section.js';

/** The targets, old and new, with the intervals of their gains. */
export function renderTarget(report: RunReport): Markup {
  const { targets } = report;
  const [first, ...others] = targets;
  return renderSection({
    id: 'target',
    heading: others.length === 0 ? 'Target' : 'Targets',
    lead:
      others.length === 0
        ? html`Accuracy of <b>${first?.task}</b> on validation data. The target is measured, not judged.`
        : `Accuracy of ${targets.length} targets on validation data. They are measured, not judged.`,
    content: html`${targets.map((target) => html`${others.length > 0 && html`<h3>${target.task}</h3>`}${renderOne(report, target)}`)}`,
  });
}

function renderOne(report: RunReport, target: TaskResult): Markup {
  const interval = describeInterval(target);
  const scale = createScale([0, 1], { tickCount: 5 });
  const title = `${target.task}: accuracy ${describeAccuracies(target)}`;
  return html`<div class="target">
      <div class="dumbbell-axis">${drawTopAxis(scale, { title: 'Accuracy', format: (tick) => formatPercent(tick, 0) })}
      ${drawDumbbell({ reference: target.referenceAccuracy, candidate: target.candidateAccuracy, title }, scale)}
      <ul class="legend"><li>${drawInlineMark('reference')} old model</li><li>${drawInlineMark('candidate')} new model</li></ul></div>
      <dl class="facts-list">
        <div><dt>Old → new</dt><dd>${describeAccuracies(target)}</dd></div>
        <div><dt>Gain</dt><dd>${formatPoints(target.accuracyChange)} points</dd></div>
        ${interval && html`<div><dt>${nameInterval(report.gate.level)}</dt><dd>${interval}</dd></div>`}
        <div><dt>Fixed</dt><dd>${formatCount(target.positiveFlips)}</dd></div>
        <div><dt>Broken</dt><dd>${formatCount(target.negativeFlips)}</dd></div>
        <div><dt>Evidence</dt><dd>${describeEvidence(target)}</dd></div>
      </dl></div>`;
}
