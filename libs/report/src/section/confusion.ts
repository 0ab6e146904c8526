import { drawHeatMap, type HeatMapCell } from '../chart/heat-map.js';
import { formatCount, formatSigned } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { RunReport } from '../run-report.js';
import {
  type ConfusionChange,
  createDifferenceCells,
  createShareCells,
  isBetter,
  listChanges,
} from './confusion-cells.js';
import { renderFigure, renderScrollable, renderSection } from './section.js';

const classesMax = 48;
const changesMax = 10;
const sideBySideMax = 12;

/** What is taken for what, before and after, and what changed. */
export function renderConfusion(report: RunReport): Markup | undefined {
  if (report.classes.length === 0) return;
  const changes = listChanges(report);
  const shown = chooseClasses(report, changes);
  return renderSection({
    id: 'confusion',
    heading: 'What is taken for what',
    lead: describeReading(report, shown.length),
    content: renderMaps(report, shown, renderChanges(report, changes)),
  });
}

function describeReading(report: RunReport, shown: number): string {
  return [
    'Validation data. Rows: true class; columns: predicted class, by the rows’ numbers.',
    shown <= sideBySideMax ? 'Numbers are images.' : 'Hover over a cell for its images.',
    'The stronger the colour, the larger the share of the true class (on a square-root scale).',
    shown < report.classes.length
      ? `The ${shown} of ${report.classes.length} classes that changed most are shown.`
      : '',
  ].join(' ');
}

/** The targets and the classes with the largest changes, in the order of the label space. */
function chooseClasses(report: RunReport, changes: readonly ConfusionChange[]): readonly number[] {
  if (report.classes.length <= classesMax) return report.classes.map((_, index) => index);
  const chosen = new Set<number>();
  for (const target of findTargets(report)) chosen.add(target);
  const order = [
    ...changes.flatMap((c) => [c.trueClass, c.predictedClass]),
    ...report.classes.keys(),
  ];
  for (const index of order) if (chosen.size < classesMax) chosen.add(index);
  return [...chosen].sort((a, b) => a - b);
}

/** Indices of the targets among the classes. */
function findTargets({ classes, targets }: RunReport): number[] {
  return targets.map(({ task }) => classes.indexOf(task)).filter((index) => index >= 0);
}

/** Three maps in a row with the table below, or two by two with the table as the fourth. */
function renderMaps(report: RunReport, shown: readonly number[], table: Markup): Markup {
  const { reference, candidate } = report.confusion;
  const sideBySide = shown.length <= sideBySideMax;
  return html`<div class="maps ${sideBySide ? 'three' : 'large'}">
    ${renderMap(report, shown, { heading: 'Old model', cells: createShareCells(report, reference, shown) })}
    ${renderMap(report, shown, { heading: 'New model', cells: createShareCells(report, candidate, shown) })}
    ${renderMap(report, shown, {
      heading: 'Difference',
      cells: createDifferenceCells(report, shown),
      caption: html`<span class="legend"><span><span class="key better"></span> more right, fewer wrong</span> <span><span class="key worse"></span> fewer right, more wrong${
        report.ceilingClasses.length > 0 && '; of a ceiling the other way round'
      }</span></span>`,
    })}
    ${!sideBySide && html`<div>${table}</div>`}
  </div>${sideBySide && table}`;
}

function renderMap(
  report: RunReport,
  shown: readonly number[],
  map: {
    readonly heading: string;
    readonly cells: readonly (readonly (HeatMapCell | undefined)[])[];
    readonly caption?: Markup;
  },
): Markup {
  const targets = findTargets(report);
  const emphasis = [...shown.keys()].filter((i) => targets.includes(shown[i]!));
  const drawing = drawHeatMap({
    title: `${map.heading}: confusion of ${shown.length} classes; the largest changes are in the table below`,
    labels: shown.map((index) => report.classes[index] ?? ''),
    emphasis,
    cells: map.cells,
  });
  return renderFigure({
    heading: map.heading,
    content: shown.length > sideBySideMax ? renderScrollable(map.heading, drawing) : drawing,
    caption: map.caption,
  });
}

function renderChanges(report: RunReport, changes: readonly ConfusionChange[]): Markup {
  if (changes.length === 0) return html`<p class="empty">No prediction count changed.</p>`;
  return html`<h3>Largest changes</h3>${renderScrollable(
    'Largest changes of predictions',
    html`<table class="narrow">
      <thead><tr><th scope="col">True class</th><th scope="col">Predicted class</th><th scope="col" class="number">Old</th>
        <th scope="col" class="number">New</th><th scope="col" class="number">Change</th></tr></thead>
      <tbody>${changes.slice(0, changesMax).map((change) => renderChange(report, change))}</tbody>
    </table>`,
  )}`;
}

function renderChange(report: RunReport, change: ConfusionChange): Markup {
  const right = change.trueClass === change.predictedClass;
  const difference = change.candidate - change.reference;
  const className = isBetter(report, change) ? 'better' : 'worse';
  return html`<tr><th scope="row">${report.classes[change.trueClass]}</th>
    <td>${report.classes[change.predictedClass]}${right && html` <span class="quiet">(right)</span>`}</td>
    <td class="number">${formatCount(change.reference)}</td><td class="number">${formatCount(change.candidate)}</td>
    <td class="number ${className}-text">${formatSigned(difference, 0)} <span class="quiet">${className}</span></td></tr>`;
}
