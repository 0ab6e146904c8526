import { noteThinEvidence, type PlanFile } from '@holdfast/evaluation';
import { describeMethod, describeScope, parsePlan } from '@holdfast/plan';
import type { Cell, CellRecord } from '@holdfast/study';
import {
  checkWithoutImages,
  type NamedParts,
  readNamedParts,
} from '../plan/check-without-images.js';
import { type Column, formatTable } from '../terminal/format-table.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress } from '../work/with-work.js';
import type { OpenStudy } from './open-study.js';

/**
 * Checks a study as `plan check --fast` does a plan: once for each method in each setting, and with every seed where seeds
 * draw which images train. Model and data are read once a setting, and once a seed there. Trains nothing, and writes nothing.
 *
 * @returns what is to be run, for a person
 * @throws Fault as the first run would be refused.
 */
export async function checkStudy(
  open: OpenStudy,
  records: readonly CellRecord[],
  terminal: Terminal,
): Promise<string[]> {
  const { cells } = open;
  const hasSettings = new Set(cells.map(({ setting }) => setting)).size > 1;
  const notes = new Set<string>();
  const rows: string[][] = [];
  let read: { readonly key: string; readonly parts: NamedParts } | undefined;
  for (const [index, cell] of cells.entries()) {
    const { method, setting } = cell;
    const isSame = (other: Pick<Cell, 'method' | 'setting'>) =>
      other.method === method && other.setting === setting;
    const file = openCell(cell, open);
    const isFirst = cells.findIndex(isSame) === index;
    if (!isFirst && !drawsImages(file.plan)) continue;
    const key = nameParts(cell, file.plan);
    const checked = await withProgress(terminal, (options) => {
      if (read?.key !== key) read = { key, parts: readNamedParts(file, options) };
      return checkWithoutImages(file, options, read.parts);
    });
    if (!isFirst) continue;
    const { plan, data, drift, distilled, own } = checked;
    const unlabelled = [drift, distilled].flatMap((read) => read?.notes ?? []);
    const thin = noteThinEvidence(plan, data);
    for (const note of [...data.dataset.notes, ...unlabelled, ...checked.notes, ...own, ...thin])
      notes.add(note);
    const runs = records.filter(isSame);
    rows.push([
      method,
      ...(hasSettings ? [setting] : []),
      String(plan.training.steps),
      `${countFinished(runs)}/${runs.length}`,
      `${describeMethod(plan)}; ${describeScope(plan)}`,
    ]);
  }
  const columns: Column[] = [
    { title: 'method' },
    ...(hasSettings ? [{ title: 'setting' }] : []),
    { title: 'steps', align: 'right' },
    { title: 'finished', align: 'right' },
    { title: 'trains' },
  ];
  return [
    `${open.file.name} is good: ${records.length} runs, of which ${countFinished(records)} are finished.`,
    '',
    ...formatTable(columns, rows, terminal.output.colors.dim),
    '',
    ...[...notes].map((note) => `note: ${note}`),
    'note: the images were not decoded: `plan check` does so for one plan',
  ];
}

/** Tells apart what runs read; the same for those of one setting that follow one another. A method may choose negatives. */
function nameParts({ setting }: Cell, plan: PlanFile['plan']): string {
  return JSON.stringify([setting, plan.target, drawsImages(plan) && plan.seed]);
}

/** Whether the seed says which images train. */
function drawsImages({ data, spaces = {} }: PlanFile['plan']): boolean {
  return [data, ...Object.values(spaces)].some(
    ({ trainingImages }) => trainingImages !== undefined,
  );
}

function countFinished(records: readonly CellRecord[]): number {
  return records.filter(({ state }) => state === 'finished').length;
}

/** The plan of a run that is not there yet, named as the run would name it. */
function openCell({ name, planYaml }: Cell, { file, base }: OpenStudy): PlanFile {
  const called = `${file.name}, ${name}`;
  const { basePath } = base;
  return { name: called, text: planYaml, plan: parsePlan(planYaml, called), basePath };
}
