import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import {
  createPrompts,
  type RunPrompts,
  type RunTasks,
  readDataset,
  resolveTasks,
} from '@holdfast/controller';
import {
  type Dataset,
  type Role,
  type Sample,
  samplesWithRole,
  writeSampleTable,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { type Plan, withPlanLines } from '@holdfast/plan';
import type { PlanFile } from '../read-plan-file.js';
import type { MeasureOptions } from './measure-model.js';

/** The samples of one role, ready for an encoder. */
export interface MeasuredData {
  readonly plan: Plan;
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
  readonly prompts: RunPrompts;
  /** Samples of the role, their indices counted from 0. */
  readonly samples: readonly Sample[];
  readonly tablePath: string;
  readonly tableSha256: string;
  /** Folder for prepared pixels, shared by the models that are measured. */
  readonly cachePath: string;
}

/**
 * Reads the data that a plan names and resolves its classes; what is wrong with
 * the plan's fields carries their lines.
 *
 * @throws Fault `invalid` naming every class of the plan that the data do not have.
 */
export function readPlanData(
  file: PlanFile,
  { signal, onProgress }: MeasureOptions,
): Promise<Pick<MeasuredData, 'dataset' | 'tasks' | 'prompts'>> {
  const { plan, basePath } = file;
  return withPlanLines(file, async () => {
    const dataset = await readDataset(plan, basePath, {
      signal,
      onProgress: ({ done, total }) => onProgress('reading data', done, total),
    });
    const tasks = resolveTasks(plan, dataset.classes);
    return { dataset, tasks, prompts: createPrompts(plan, dataset.classes) };
  });
}

/** Prepares the samples of a role, calls `measure`, and takes its temporary files away. */
export async function withPlanData<T>(
  file: PlanFile,
  role: Role,
  options: MeasureOptions,
  measure: (data: MeasuredData) => Promise<T>,
): Promise<T> {
  const read = await readPlanData(file, options);
  const samples = samplesWithRole(read.dataset, role).map((sample, index) => ({
    ...sample,
    index,
  }));
  if (samples.length === 0) {
    throw new Fault('invalid', `${file.name}: no image of its data has the role ${role}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'));
  try {
    const tablePath = join(folder, 'samples.csv');
    await writeSampleTable(tablePath, samples);
    return await measure({
      ...read,
      plan: file.plan,
      samples,
      tablePath,
      tableSha256: sha256(await readFile(tablePath)),
      cachePath: join(folder, 'cache'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
