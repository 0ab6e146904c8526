import { drawInlineMark } from '../chart/mark.js';
import { formatPoints } from '../format/format-number.js';
import { html, type Markup } from '../markup/markup.js';
import type { ProtectedTaskResult, RunReport } from '../run-report.js';
import {
  asLoss,
  describeAccuracies,
  describeInterval,
  nameInterval,
  sortWorstFirst,
} from './evidence.js';

const findingsMax = 3;

/** Why the verdict is what it is: the tasks that decided it, by name. */
export function renderFindings(report: RunReport): Markup | undefined {
  if (report.outcome === 'NO_FEASIBLE_CANDIDATE') return renderNearest(report);
  const sorted = sortWorstFirst(report.protectedTasks);
  if (report.outcome === 'RETAINED') return renderTightest(report);
  const deciding = sorted.filter((task) => task.verdict === report.outcome);
  const more = deciding.length - findingsMax;
  return html`<ul class="findings">
    ${deciding.slice(0, findingsMax).map((task, index) => renderFinding(task, report, index > 0))}
    ${more > 0 && html`<li class="more"><a href="#protected">and ${more} more</a></li>`}
  </ul>`;
}

/** The run's own reason speaks of the first task; the others bring theirs. */
function renderFinding(task: ProtectedTaskResult, report: RunReport, withReason: boolean): Markup {
  const interval = describeInterval(task);
  return html`<li>${drawInlineMark(task.verdict)}<div><b>${task.task}</b> ${describeAccuracies(task)},
    <b>${formatPoints(task.accuracyChange)} points</b>${interval && ` (${nameInterval(report.gate.level)} ${interval})`}
    ${withReason && html`<br/><span class="quiet">${task.reason}</span>`}</div></li>`;
}

/** The task with the least room between its bound and its tolerance. */
function renderTightest(report: RunReport): Markup | undefined {
  const room = (task: ProtectedTaskResult) => {
    const bound = task.ceiling ? task.upperBound : task.lowerBound;
    return asLoss(task, bound ?? task.accuracyChange) + task.tolerance;
  };
  const tightest = [...report.protectedTasks].sort((a, b) => room(a) - room(b))[0];
  if (!tightest) return;
  const interval = describeInterval(tightest);
  return html`<ul class="findings"><li>${drawInlineMark('RETAINED')}<div>Least room: <b>${tightest.task}</b>
    ${describeAccuracies(tightest)}, <b>${formatPoints(tightest.accuracyChange)} points</b>${interval && ` (${nameInterval(report.gate.level)} ${interval})`}</div></li></ul>`;
}

/** The candidate that came nearest to being feasible. */
function renderNearest(report: RunReport): Markup | undefined {
  const nearest = [...report.candidates].sort(
    (a, b) => b.devSafetyAccuracy - a.devSafetyAccuracy,
  )[0];
  if (!nearest) return;
  return html`<ul class="findings"><li>${drawInlineMark('NO_FEASIBLE_CANDIDATE')}<div>Nearest on steering data:
    <b>${nearest.version}</b>, worst protected change <b>${formatPoints(nearest.devSafetyAccuracy)} points</b>,
    target <b>${formatPoints(nearest.targetChange)} points</b></div></li></ul>`;
}
