import { readFile } from 'node:fs/promises';
import { listRestored, parsePlan } from '@holdfast/plan';
import {
  type JournalEntry,
  listEntries,
  type RunFolder,
  type RunOrigin,
  readOrigin,
} from '@holdfast/run-store';
import { flattenPlan } from './flatten-plan.js';
import { nameTasks } from './name-tasks.js';

/** What is known of a run when it takes its first step. */
export interface RunFacts {
  readonly folder: RunFolder;
  readonly origin: RunOrigin;
  readonly softwareVersion: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Every value of the plan by the name of its field; what was `auto` is what it became, and missing before. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Protected tasks in the order of `metrics.jsonl`, as parts of metrics' names. */
  readonly tasks: readonly string[];
  /** What the run runs on. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads what is known of a run from its folder and its journal. */
export async function readRunFacts(
  folder: RunFolder,
  entries: readonly JournalEntry[],
): Promise<RunFacts> {
  const origin = await readOrigin(folder.path);
  const plan = parsePlan(await readFile(folder.plan, 'utf8'), folder.plan);
  const started = listEntries(entries, 'run.started')[0];
  const read = listEntries(entries, 'data.read')[0];
  // A tracking server takes a parameter once: until the data are read for training, it may become another number.
  const resolved = read && listEntries(entries, 'plan.resolved').at(-1);
  const restored = resolved === undefined ? [] : listRestored(plan, resolved.resolutions);
  return {
    folder,
    origin,
    softwareVersion: started?.softwareVersion ?? '',
    startedAt: Date.parse(started?.at ?? origin.createdAt ?? new Date(0).toISOString()),
    parameters: new Map([
      ...flattenPlan(plan).filter(([, value]) => value !== 'auto'),
      ...restored.map(({ field, value }) => [field, String(value)] as const),
    ]),
    tasks: nameTasks(read?.protectedTasks ?? []),
    environment: started?.environment ?? {},
  };
}
