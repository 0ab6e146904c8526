import { formatCount, formatFixed, formatSigned } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import { renderScrollable } from '../section/section.js';
import type { StudyInterval, StudyMethod, StudyReport } from '../study-report.js';
import { formatInterval, formatSeconds } from './format-estimate.js';
import { drawMethodKey } from './method-mark.js';
import { noteResumed } from './note-resumed.js';

/** What the methods in one setting cost, and how well their models know what they know: means over seeds. */
export function renderCostTable(report: StudyReport, setting: string): Markup {
  const names = [...new Set(report.methods.map(({ method }) => method))];
  const methods = report.methods.filter((each) => each.setting === setting);
  const number = (title: string) => html`<th scope="col" class="number">${title}</th>`;
  const head = html`<tr><th scope="col">Method</th>${[
    'Training',
    'Of it measuring',
    'Images in steps',
    'Images measured',
    'Calibration: old',
    'Calibration: new',
    'Calibration: change',
  ].map(number)}</tr>`;
  const table = renderScrollable(
    `Cost and calibration, ${setting}`,
    html`<table class="estimates"><thead>${head}</thead><tbody>${methods.map((method) =>
      renderRow(method, names.indexOf(method.method)),
    )}</tbody></table>`,
  );
  const note = noteResumed(report.cells.filter((run) => run.setting === setting));
  return html`${table}${note && html`<p class="quiet">${note}.</p>`}`;
}

/** Of what cannot be below 0. */
function fromZero(interval: StudyInterval): StudyInterval {
  const { lower } = interval;
  return { ...interval, lower: lower === null ? null : Math.max(0, lower) };
}

function renderRow(method: StudyMethod, index: number): Markup {
  const { calibration } = method;
  const images = (value: number | undefined) => formatCount(Math.round(value ?? Number.NaN));
  const error = (value: number | undefined) => formatFixed(value ?? Number.NaN, 3);
  const change = (value: number | undefined) => formatSigned(value ?? Number.NaN, 3);
  const cells = [
    formatInterval(fromZero(method.trainingSeconds), formatSeconds),
    formatInterval(fromZero(method.measuringSeconds), formatSeconds),
    formatInterval(fromZero(method.stepImages), images),
    formatInterval(fromZero(method.measuredImages), images),
    formatInterval(calibration.old, error),
    formatInterval(calibration.new, error),
    formatInterval(calibration.change, change),
  ];
  return html`<tr><th scope="row">${drawMethodKey(index)} ${method.method}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
}
