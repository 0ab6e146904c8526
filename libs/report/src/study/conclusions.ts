import { drawTopAxis, formatTick } from '../chart/axis.js';
import { drawIntervalRow } from '../chart/interval-row.js';
import { createScale, type Scale } from '../chart/scale.js';
import { formatPlainPoints, formatShare } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { StudyReport } from '../study-report.js';

type Conclusion = StudyReport['conclusions'][number];

/** How a conclusion is shown. */
const styles: Readonly<
  Record<
    Conclusion['outcome'],
    {
      word: string;
      className: string;
      kind: 'RETAINED' | 'REGRESSED' | 'UNDECIDED' | 'NO_FEASIBLE_CANDIDATE';
    }
  >
> = {
  BETTER: { word: 'Better', className: 'retained', kind: 'RETAINED' },
  EQUIVALENT: { word: 'As good', className: 'retained', kind: 'RETAINED' },
  NON_INFERIOR: { word: 'Not worse', className: 'retained', kind: 'RETAINED' },
  WORSE: { word: 'Worse', className: 'regressed', kind: 'REGRESSED' },
  UNDECIDED: { word: 'Undecided', className: 'undecided', kind: 'UNDECIDED' },
  OPEN: { word: 'Not yet', className: 'infeasible', kind: 'UNDECIDED' },
};

/** What the study says, as it was fixed before its first run. */
export function renderConclusions(report: StudyReport): Markup {
  const { conclusions, conclude, measure } = report;
  const rule = html`<p class="lead">Fixed before the first run: ${measure} on ${conclude.images} images, <b>${conclude.method}</b> against each other method,
    paired by seed; ${sayMargin(conclude.margin)}; all conclusions together err with a probability of at most ${formatShare(conclude.level)}.
    Intervals are about other seeds on these images, not about other images.${
      conclusions.some(isBetweenSettings) &&
      html` Beside methods, settings are compared with one another: the same method with the same seeds.`
    }</p>`;
  if (conclusions.length === 0)
    return html`${rule}<p class="empty">There is one method, and nothing to compare it with.</p>`;
  const hasSettings = new Set(conclusions.map(({ setting }) => setting)).size > 1;
  const scales = new Map(
    conclusions.map(({ measure }) => [measure, createDifferenceScale(conclusions, measure)]),
  );
  return html`${rule}<ul class="said">${conclusions.map((each) => renderConclusion(each, { scale: scales.get(each.measure)!, hasSettings }))}</ul>`;
}

/** What conclusions have in common. */
interface Shown {
  readonly scale: Scale;
  readonly hasSettings: boolean;
}

/** One for all conclusions by a measure, in points, so that their lengths compare. */
function createDifferenceScale(conclusions: readonly Conclusion[], measure: string): Scale {
  const same = conclusions.filter((each) => each.measure === measure);
  const ends = same.flatMap(({ difference: { mean, lower, upper } }) =>
    [mean, lower, upper].flatMap((value) => (value === null ? [] : [100 * value])),
  );
  const margin = 100 * Math.max(...same.map((each) => each.margin));
  return createScale(ends, { include: [0, -margin, margin], pad: 0.04, tickCount: 8 });
}

function renderConclusion(conclusion: Conclusion, { scale, hasSettings }: Shown): Markup {
  const { outcome, difference, reason } = conclusion;
  const { word, className, kind } = styles[outcome];
  const { mean, lower, upper } = difference;
  const [own, other] = nameSides(conclusion, hasSettings);
  const percent = (value: number | null) => (value === null ? undefined : 100 * value);
  const drawing =
    mean !== null &&
    outcome !== 'OPEN' &&
    html`<div class="difference">${drawTopAxis(scale, { title: 'Difference in points, positive: better; dashed: the margin', format: (tick) => formatTick(tick, scale, true) })}
      ${drawIntervalRow(
        {
          title: `${own} against ${other}: ${reason}`,
          kind,
          estimate: 100 * mean,
          lower: percent(lower),
          upper: percent(upper),
          limit: -100 * conclusion.margin,
          better: 100 * conclusion.margin,
        },
        scale,
      )}</div>`;
  return html`<li class="${className}"><b>${word}</b>: ${own} against ${other}. <span>${capitalize(reason)}.</span>${drawing}</li>`;
}

function isBetweenSettings({ setting, againstSetting }: Conclusion): boolean {
  return setting !== againstSetting;
}

/** What is compared with what: two methods in a setting, or one method in two by a measure of its own. */
function nameSides(conclusion: Conclusion, hasSettings: boolean): [string, string] {
  const { method, against, setting, againstSetting, measure, margin } = conclusion;
  if (!isBetweenSettings(conclusion)) {
    return [method, `${against}${hasSettings ? `, ${setting}` : ''}`];
  }
  return [`${method}, ${setting}`, `${againstSetting} (${measure}, ${sayMargin(margin)})`];
}

function sayMargin(margin: number): string {
  const points = formatPlainPoints(margin);
  return points === '1' ? '1 point matters' : `${points} points matter`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
