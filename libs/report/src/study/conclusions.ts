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
  WORSE: { word: 'Worse', className: 'regressed', kind: 'REGRESSED' },
  UNDECIDED: { word: 'Undecided', className: 'undecided', kind: 'UNDECIDED' },
  OPEN: { word: 'Not yet', className: 'infeasible', kind: 'UNDECIDED' },
};

/** What the study says, as it was fixed before its first run. */
export function renderConclusions(report: StudyReport): Markup {
  const { conclusions, conclude, measure } = report;
  const rule = html`<p class="lead">Fixed before the first run: ${measure} on ${conclude.images} images, <b>${conclude.method}</b> against each other method,
    paired by seed; ${formatPlainPoints(conclude.margin)} points matter; all conclusions together err with a probability of at most ${formatShare(conclude.level)}.
    Intervals are about other seeds on these images, not about other images.</p>`;
  if (conclusions.length === 0)
    return html`${rule}<p class="empty">There is one method, and nothing to compare it with.</p>`;
  const hasTargets = new Set(conclusions.map(({ target }) => target)).size > 1;
  const scale = createDifferenceScale(report);
  return html`${rule}<ul class="said">${conclusions.map((each) => renderConclusion(each, { report, scale, hasTargets }))}</ul>`;
}

/** What conclusions have in common. */
interface Shown {
  readonly report: StudyReport;
  readonly scale: Scale;
  readonly hasTargets: boolean;
}

/** One for all conclusions, in points, so that their lengths compare. */
function createDifferenceScale({ conclusions, conclude }: StudyReport): Scale {
  const ends = conclusions.flatMap(({ difference: { mean, lower, upper } }) =>
    [mean, lower, upper].flatMap((value) => (value === null ? [] : [100 * value])),
  );
  const margin = 100 * conclude.margin;
  return createScale(ends, { include: [0, -margin, margin], pad: 0.04, tickCount: 8 });
}

function renderConclusion(conclusion: Conclusion, { report, scale, hasTargets }: Shown): Markup {
  const { outcome, method, against, target, difference, reason } = conclusion;
  const { word, className, kind } = styles[outcome];
  const { mean, lower, upper } = difference;
  const margin = 100 * report.conclude.margin;
  const percent = (value: number | null) => (value === null ? undefined : 100 * value);
  const drawing =
    mean !== null &&
    outcome !== 'OPEN' &&
    html`<div class="difference">${drawTopAxis(scale, { title: 'Difference in points', format: (tick) => formatTick(tick, scale, true) })}
      ${drawIntervalRow(
        {
          title: `${method} less ${against}: ${reason}`,
          kind,
          estimate: 100 * mean,
          lower: percent(lower),
          upper: percent(upper),
          limit: -margin,
        },
        scale,
      )}</div>`;
  return html`<li class="${className}"><b>${word}</b>: ${method} against ${against}${hasTargets && `, target ${target}`}. <span>${capitalize(reason)}.</span>${drawing}</li>`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
