import { readFile } from 'node:fs/promises';
import { parsePlan } from '@holdfast/plan';
import type {
  ListStepsRequest,
  ListStepsResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  describeRunFolder,
  listEntries,
  readOrigin,
  readRunJournal,
  readSteps,
} from '@holdfast/run-store';
import { describeConstraints } from '../run/describe-step.js';
import { countSteps } from './describe-run.js';

const pageSizeDefault = 100;
const pageSizeMax = 1000;
/** Tasks of a page: at most 8 MB of names and numbers, unless names are very long. */
const tasksMax = 65_536;

/** A page of a run's steps, from its folder. */
export async function listSteps(
  { firstStep, pageSize }: ListStepsRequest,
  runPath: string,
): Promise<ListStepsResponse> {
  const folder = describeRunFolder(runPath);
  const { steps, hasMore } = await readSteps(folder, {
    first: firstStep,
    countMax: Math.min(pageSize || pageSizeDefault, pageSizeMax),
    tasksMax,
  });
  const entries = await readRunJournal(folder);
  const names = listEntries(entries, 'data.read').at(-1)?.protectedTasks ?? [];
  const { planName } = await readOrigin(runPath);
  const plan = parsePlan(await readFile(folder.plan, 'utf8'), planName);
  const totalSteps = countSteps(plan, entries) ?? 0;
  return {
    hasMore,
    steps: steps.map(({ terms: _, ...step }, i) => ({
      ...step,
      totalSteps,
      tasks: describeConstraints(steps[i]!, names),
    })),
  };
}
