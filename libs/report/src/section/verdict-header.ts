import { targetChange } from '@holdfast/metrics';
import { drawDumbbell } from '../chart/dumbbell.js';
import { drawInlineMark } from '../chart/mark.js';
import { createScale } from '../chart/scale.js';
import { drawStripPlot } from '../chart/strip-plot.js';
import { describeWatched } from '../describe-watched.js';
import {
  formatCount,
  formatPercent,
  formatPlainPoints,
  formatPoints,
  formatRange,
  formatShare,
} from '../format/format-number.js';
import { formatDuration, formatInstant } from '../format/format-time.js';
import { type Fragment, html, type Markup } from '../markup/markup.js';
import type { ProtectedTaskResult, RunReport, TaskResult } from '../run-report.js';
import { renderSharpest } from './claims.js';
import {
  describeAccuracies,
  findSharedTolerance,
  isEvidencePolicy,
  isGrouped,
  isRun,
  listFloors,
  sortWorstFirst,
} from './evidence.js';
import { listNotes } from './notes.js';
import {
  describeAction,
  getOutcomeStyle,
  type Outcome,
  renderOutcomeIcon,
} from './outcome-style.js';
import { renderFindings } from './verdict-findings.js';

type Flips = Pick<TaskResult, 'negativeFlips' | 'positiveFlips'>;

/** The first screen: the verdict and why, the targets' gain, DevSafety, how many tasks, how much evidence. */
export function renderVerdictHeader(report: RunReport): Markup {
  const style = getOutcomeStyle(report.outcome);
  return html`<header class="verdict ${style.className}">
    <div class="statement">
      <p class="eyebrow">Holdfast ${isRun(report) ? 'run' : 'gate'} <b>${report.run.planName}</b></p>
      <h1>${renderOutcomeIcon(report.outcome, 56)}<span><span class="word">${style.word}</span> <span class="action">${describeAction(report)}</span></span></h1>
      <p class="reason">${report.reason}</p>
      ${report.run.study !== undefined && html`<p class="reason">One of the runs of the study ${report.run.study}, judged as if it were the only one. Run the plan that is to be released by itself.</p>`}
      ${renderSharpest(report)}
      ${renderFindings(report)}
    </div>
    <div class="tiles">
      ${renderTargetTile(report)}
      ${renderSafetyTile(report)}
      ${renderTasksTile(report)}
      ${renderEvidenceTile(report)}
    </div>
    ${renderWatched(report)}
    ${renderFacts(report)}
  </header>`;
}

/** What was watched, with labels and without, and that nothing else was. */
function renderWatched({ targets, protectedTasks, drift, first, pool }: RunReport): Markup {
  return html`<div class="watched">${first && html`<p class="quiet">${drawInlineMark(first.verdict)} <a href="#first">Against the first released model</a>: ${getOutcomeStyle(first.verdict).word.toLowerCase()}</p>`}
    ${pool && html`<p>${pool}</p>`}
    <p class="quiet">${describeWatched(targets, protectedTasks)}
      ${
        drift
          ? html`Beside them, <a href="#drift">${formatCount(drift.images)} unlabelled images</a> were watched: ${formatPercent(drift.share)} of answers changed
          (at most ${formatPercent(drift.upperBound)}). Nothing else was.`
          : 'Nothing else was: what these tasks do not name may be lost (drift in the plan watches more).'
      }</p></div>`;
}

function renderTile(tile: {
  name: Fragment;
  value: Fragment;
  unit?: string;
  rest: Fragment;
}): Markup {
  return html`<div class="tile"><h2>${tile.name}</h2>
    <p class="value">${tile.value}${tile.unit && html` <small>${tile.unit}</small>`}</p>${tile.rest}</div>`;
}

function renderTargetTile(report: RunReport): Markup {
  const { targets } = report;
  const [first, ...others] = targets;
  if (lacksLabels(report)) {
    const what = others.length === 0 ? (first?.task ?? '') : `${targets.length} targets`;
    return renderFlipsTile('Target', what, sumFlips(targets));
  }
  return renderTile({
    name:
      others.length === 0
        ? 'Target gain'
        : html`Target gain <small>mean of ${targets.length}</small>`,
    value: formatPoints(targetChange(targets)),
    unit: 'points',
    rest: html`${targets.slice(0, targetsMax).map(renderTargetLine)}
      ${targets.length > targetsMax && html`<p><a href="#target">${targets.length - targetsMax} more</a></p>`}`,
  });
}

/** Targets that fit onto the first screen. */
const targetsMax = 3;

function renderTargetLine(target: TaskResult): Markup {
  return html`${drawDumbbell(
    {
      reference: target.referenceAccuracy,
      candidate: target.candidateAccuracy,
      title: `${target.task}: accuracy ${describeAccuracies(target)}`,
    },
    createScale([0, 1], { tickCount: 4 }),
  )}<p><b>${target.task}</b> ${describeAccuracies(target)}</p>`;
}

function sumFlips(tasks: readonly Flips[]): Flips {
  const sum = (kind: keyof Flips) => tasks.reduce((flips, task) => flips + task[kind], 0);
  return { negativeFlips: sum('negativeFlips'), positiveFlips: sum('positiveFlips') };
}

function renderSafetyTile(report: RunReport): Markup {
  const tasks = listFloors(report.protectedTasks);
  const worst = [...tasks].sort((a, b) => a.accuracyChange - b.accuracyChange)[0];
  if (lacksLabels(report)) {
    return renderFlipsTile('Protected', `${tasks.length} tasks`, sumFlips(tasks));
  }
  const tolerance = findSharedTolerance(tasks);
  const limit = tolerance !== undefined && isEvidencePolicy(report) ? -tolerance : undefined;
  const points = tasks.map((task) => ({
    value: task.accuracyChange,
    kind: task.verdict,
    title: `${task.task}: ${formatPoints(task.accuracyChange)} points`,
  }));
  const scale = createScale(
    points.map((point) => point.value),
    { include: [0, limit ?? 0], pad: 0.08 },
  );
  return renderTile({
    name: html`DevSafety <small>worst protected change</small>`,
    value: formatPoints(report.devSafetyAccuracy),
    unit: 'points',
    rest: worst
      ? html`${drawStripPlot(
          {
            title: 'Change of every protected task, against zero and the tolerance',
            points,
            ...(limit !== undefined && { limit }),
          },
          scale,
        )}<p><b>${worst.task}</b> ${describeAccuracies(worst)}</p>`
      : html`<p>No protected task was measured.</p>`,
  });
}

/** Where labels are missing, shares are those of images that were picked: nothing to lead with. */
function lacksLabels({ pool, protectedTasks }: RunReport): boolean {
  return pool !== undefined && protectedTasks.some(({ upperBound }) => upperBound === 1);
}

/** What is known of changes without all labels. */
function renderFlipsTile(
  name: string,
  what: string,
  { negativeFlips, positiveFlips }: Flips,
): Markup {
  return renderTile({
    name,
    value: html`${formatCount(positiveFlips)} <small>won,</small> ${formatCount(negativeFlips)}`,
    unit: 'lost at most',
    rest: html`<p><b>${what}</b>: images, as far as they have labels; shares need them all.</p>`,
  });
}

function renderTasksTile(report: RunReport): Markup {
  const tasks = sortWorstFirst(report.protectedTasks);
  const verdicts = (['REGRESSED', 'UNDECIDED', 'RETAINED'] as const)
    .map((verdict) => ({ verdict, count: countVerdict(tasks, verdict) }))
    .filter(({ count }) => count > 0);
  return renderTile({
    name: 'Protected tasks retained',
    value:
      tasks.length === 0
        ? '–'
        : html`${countVerdict(tasks, 'RETAINED')} <small>of ${tasks.length}</small>`,
    rest: html`<ul class="tally">${verdicts.map(
      ({ verdict, count }) =>
        html`<li>${drawInlineMark(verdict)} ${count} ${getOutcomeStyle(verdict).word.toLowerCase()}</li>`,
    )}</ul>`,
  });
}

function countVerdict(tasks: readonly ProtectedTaskResult[], verdict: Outcome): number {
  return tasks.filter((task) => task.verdict === verdict).length;
}

function renderEvidenceTile(report: RunReport): Markup {
  const groups = report.protectedTasks.map((task) => task.groups);
  const examples = report.protectedTasks.map((task) => task.examples);
  const grouped = isGrouped(report);
  const tolerance = findSharedTolerance(report.protectedTasks);
  return renderTile({
    name: 'Evidence',
    value: formatRange(grouped ? groups : examples),
    unit: grouped ? 'groups per task' : 'images per task',
    rest: html`${grouped && html`<p>${formatRange(examples)} images per task</p>`}
      <p>${
        isEvidencePolicy(report)
          ? html`Tolerance ${tolerance === undefined ? 'by task' : `${formatPlainPoints(tolerance)} points`}, level ${formatShare(report.gate.level)}`
          : 'Strict policy: no change may be below 0'
      }</p>`,
  });
}

function renderFacts(report: RunReport): Markup {
  const { run, models } = report;
  const notes = listNotes(report);
  const whichModels = isRun(report)
    ? html`<span>Candidate: ${models.candidateVersion}</span>`
    : html`<span>Old: ${models.referencePath}</span> <span>New: ${models.candidatePath}</span>`;
  return html`<p class="facts">
    ${whichModels}
    <span>${formatInstant(run.startedAt)}</span>
    <span>${formatDuration(run.durationSeconds)}</span>
    ${isRun(report) && html`<span>${formatCount(run.steps)} steps</span> <span>run <code>${run.id}</code></span>`}
    ${notes.length > 0 && html`<a href="#notes">${notes.length === 1 ? '1 note' : `${notes.length} notes`} to read</a>`}
  </p>`;
}
