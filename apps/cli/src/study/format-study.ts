import { listSome } from '@holdfast/dataset';
import { noteResumed } from '@holdfast/report';
import {
  type AimResult,
  type Cell,
  type CellRecord,
  type Conclusion,
  describeAim,
  type MethodSummary,
  type StudyRecord,
} from '@holdfast/study';
import { formatChange, formatDuration, formatPercent } from '../terminal/format-number.js';
import { type Column, formatTable } from '../terminal/format-table.js';
import type { Colors } from '../terminal/terminal.js';

/** What the gate says of a run, in a word. */
const words = {
  RETAINED: 'released',
  REGRESSED: 'regressed',
  UNDECIDED: 'undecided',
  NO_FEASIBLE_CANDIDATE: 'infeasible',
} as const;

/** A line of a run that ended; names are as wide as the longest, so that lines below one another are a table. */
export function formatCell(
  { cell, state, failure, figures }: CellRecord,
  cells: readonly Cell[],
): string {
  const name = cell.padEnd(Math.max(...cells.map((each) => each.name.length)));
  if (figures === null) return `${name}   ${state}: ${failure?.split('\n')[0]}`;
  const { outcome, validation, test, trainingSeconds, resumed } = figures;
  const change = (value: number) => formatChange(value).padStart(5);
  const parts = [
    name,
    words[outcome].padEnd(10),
    `target ${change(validation.targetGain)}`,
    `worst ${change(validation.devSafetyAccuracy)}`,
    ...(test ? [`test: ${change(test.targetGain)}, worst ${change(test.devSafetyAccuracy)}`] : []),
    ...(trainingSeconds === null ? [] : [formatDuration(trainingSeconds)]),
    ...(resumed ? ['resumed'] : []),
  ];
  return parts.join('   ');
}

/** What the study says, and the methods it says it of. */
export function formatStudy(record: StudyRecord, colors: Colors): string[] {
  const { methods, conclusions, conclude } = record;
  const hasSettings = new Set(methods.map(({ setting }) => setting)).size > 1;
  const hasTest = methods.some(({ test }) => test !== null);
  const right = (title: string): Column => ({ title, align: 'right' });
  const columns: Column[] = [
    { title: 'method' },
    ...(hasSettings ? [{ title: 'setting' }] : []),
    ...['released', 'target', 'worst', 'retained', 'broken', 'mended'].map(right),
    ...(hasTest ? ['test target', 'test worst', 'test retained'].map(right) : []),
    right('training'),
  ];
  const rows = methods.map((method) => formatMethod(method, { hasSettings, hasTest }));
  const resumed = noteResumed(record.cells, listSome);
  return [
    ...formatTable(columns, rows, colors.dim),
    '',
    `Fixed beforehand: ${conclude.measure} on ${conclude.images} images, margin ${(100 * conclude.margin).toFixed(1)} points, level ${conclude.level}`,
    ...conclusions.map(
      (each) => `${colors.bold(each.outcome)}: ${nameSides(each, hasSettings)}: ${each.reason}`,
    ),
    ...formatAims(record, { colors, hasSettings }),
    ...formatPower(record, hasSettings),
    ...(resumed === undefined ? [] : [resumed]),
  ];
}

/** What is compared with what: two methods in a setting, or one method in two by a measure of its own. */
function nameSides(
  { method, against, setting, againstSetting, measure, margin }: Conclusion,
  hasSettings: boolean,
): string {
  if (setting === againstSetting) {
    return `${method} against ${against}${hasSettings ? `, ${setting}` : ''}`;
  }
  const rule = `${measure}, margin ${Number((100 * margin).toFixed(2))} points`;
  return `${method}, ${setting} against ${againstSetting} (${rule})`;
}

/** The aim, and who reached it. */
function formatAims(
  { aims, conclude: { aim, images } }: StudyRecord,
  { colors, hasSettings }: { readonly colors: Colors; readonly hasSettings: boolean },
): string[] {
  if (aim === null) return [];
  return [
    '',
    `Aim: ${describeAim(aim, images)}`,
    ...aims.map((each) => `${colors.bold(each.outcome)}: ${formatReached(each, hasSettings)}`),
  ];
}

/** One run that is short of it stands for the others: `study.html` has all. */
function formatReached({ method, setting, reached, missed }: AimResult, hasSettings: boolean) {
  const [first, ...others] = missed;
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  const short = first === undefined ? '' : `; not ${first.cell}: ${first.reason}${more}`;
  return `${method}${hasSettings ? `, ${setting}` : ''}: ${reached.count} of ${reached.of}${short}`;
}

function formatMethod(
  { method, setting, released, validation, test, trainingSeconds }: MethodSummary,
  { hasSettings, hasTest }: { readonly hasSettings: boolean; readonly hasTest: boolean },
): string[] {
  const mean = (interval: { readonly mean: number | null }, format: (value: number) => string) =>
    interval.mean === null ? '' : format(interval.mean);
  const share = ({ count, of }: { readonly count: number; readonly of: number }) =>
    `${count}/${of}`;
  return [
    method,
    ...(hasSettings ? [setting] : []),
    share(released),
    mean(validation.targetGain, formatChange),
    mean(validation.devSafetyAccuracy, formatChange),
    share(validation.retained),
    mean(validation.negativeFlips, formatPercent),
    mean(validation.positiveFlips, formatPercent),
    ...(hasTest
      ? test
        ? [
            mean(test.targetGain, formatChange),
            mean(test.devSafetyAccuracy, formatChange),
            share(test.retained),
          ]
        : ['', '', '']
      : []),
    mean(trainingSeconds, formatDuration),
  ];
}

/** The task of each method that would take most to decide. */
function formatPower({ power }: StudyRecord, hasSettings: boolean): string[] {
  const methods = new Map<string, (typeof power)[number]>();
  for (const task of power) {
    const key = JSON.stringify([task.setting, task.method]);
    const most = methods.get(key);
    const size = (each: typeof task) => each.moreNeeded ?? Number.POSITIVE_INFINITY;
    if (most === undefined || size(task) > size(most)) methods.set(key, task);
  }
  return [...methods.values()].map(
    ({ method, setting, task, undecided, runs, groups, moreNeeded }) => {
      const needed = moreNeeded === null ? 'no number of' : `about ${moreNeeded}`;
      return `${method}${hasSettings ? `, ${setting}` : ''}: ${task} was undecided in ${undecided} of ${runs} runs by ${groups} groups; ${needed} more would decide`;
    },
  );
}
