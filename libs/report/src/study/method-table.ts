import { formatPercent, formatSigned } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import { renderScrollable } from '../section/section.js';
import type { StudyMethod, StudyReport } from '../study-report.js';
import { formatInterval, formatPointsInterval, formatStudyShare } from './format-estimate.js';
import { drawMethodKey } from './method-mark.js';

/** The methods in one setting: means over seeds, each over its interval. */
export function renderMethodTable(report: StudyReport, setting: string): Markup {
  const names = [...new Set(report.methods.map(({ method }) => method))];
  const methods = report.methods.filter((each) => each.setting === setting);
  const hasTest = methods.some(({ test }) => test !== null);
  const number = (title: string) => html`<th scope="col" class="number">${title}</th>`;
  const head = html`<tr><th scope="col">Method</th>${[
    'Released',
    'Target gain',
    'Worst protected',
    'Mean protected',
    'Retained',
    'DevSafety (loss)',
    'Broken',
    'Mended',
    ...(hasTest ? ['Test: gain', 'Test: worst', 'Test: mean', 'Test: retained'] : []),
  ].map(number)}</tr>`;
  const rows = methods.map((method) => renderRow(method, names.indexOf(method.method), hasTest));
  return renderScrollable(
    `Methods, ${setting}`,
    html`<table class="estimates"><thead>${head}</thead><tbody>${rows}</tbody></table>`,
  );
}

function renderRow(method: StudyMethod, index: number, hasTest: boolean): Markup {
  const { validation, test } = method;
  const share = (value: number | undefined) => formatPercent(value, 1);
  const nats = (value: number | undefined) => formatSigned(value ?? Number.NaN, 3);
  const none = html`<span class="quiet">–</span>`;
  const cells = [
    formatStudyShare(method.released),
    formatPointsInterval(validation.targetGain),
    formatPointsInterval(validation.devSafetyAccuracy),
    formatPointsInterval(validation.meanProtectedChange),
    formatStudyShare(validation.retained),
    formatInterval(validation.devSafetyLoss, nats),
    formatInterval(validation.negativeFlips, share),
    formatInterval(validation.positiveFlips, share),
    ...(hasTest
      ? [
          test ? formatPointsInterval(test.targetGain) : none,
          test ? formatPointsInterval(test.devSafetyAccuracy) : none,
          test ? formatPointsInterval(test.meanProtectedChange) : none,
          test ? formatStudyShare(test.retained) : none,
        ]
      : []),
  ];
  return html`<tr><th scope="row">${drawMethodKey(index)} ${method.method}${
    validation.onFront && html` <span class="tag">front</span>`
  }${method.failed > 0 && html`<span class="interval-text">${method.failed} failed</span>`}</th>${cells.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`;
}
