import { readFile } from 'node:fs/promises';
import { readJsonLines } from '@holdfast/artifacts';
import { describeError, isFault } from '@holdfast/fault';
import { type PlanDraft, parsePlan } from '@holdfast/plan';
import { Outcome, type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  describeRunFolder,
  listCheckpoints,
  listEntries,
  readOrigin,
  readVerdict,
  type VerdictFile,
} from '@holdfast/run-store';
import type { RunResult } from '../conclude/conclude-run.js';
import type { RunEvent } from '../run/run-feed.js';

const outcomes = {
  RETAINED: Outcome.OUTCOME_RETAINED,
  REGRESSED: Outcome.OUTCOME_REGRESSED,
  UNDECIDED: Outcome.OUTCOME_UNDECIDED,
  NO_FEASIBLE_CANDIDATE: Outcome.OUTCOME_NO_FEASIBLE_CANDIDATE,
} as const;

/** Steps that a run takes in all; 0 where the plan leaves them to the data, which are not read yet. */
export function countSteps({ training }: PlanDraft, entries: readonly unknown[] = []): number {
  if (training.steps !== 'auto') return training.steps;
  const { resolutions = [] } = listEntries(entries, 'plan.resolved')[0] ?? {};
  return resolutions.find(({ field }) => field === 'training.steps')?.value ?? 0;
}

/** A run that is about to be prepared. */
export function createRun(runId: string, runPath: string, totalSteps: number): Run {
  return {
    runId,
    runPath,
    state: RunState.RUN_STATE_PREPARING,
    outcome: Outcome.OUTCOME_UNSPECIFIED,
    step: 0,
    totalSteps,
    failure: '',
    reason: '',
  };
}

/** Folds an event into where a run stands. */
export function applyEvent(run: Run, event: RunEvent): Run {
  if (event.$case === 'stateChanged') return { ...run, state: event.value.state };
  if (event.$case === 'stepApplied') {
    return { ...run, step: event.value.step + 1, totalSteps: event.value.totalSteps };
  }
  return run;
}

/** A run that reached an outcome. */
export function completeRun(run: Run, { outcome, reason }: RunResult): Run {
  return { ...run, state: RunState.RUN_STATE_COMPLETED, outcome: outcomes[outcome], reason };
}

/** A run that failed, or stopped on request. */
export function failRun(run: Run, error: unknown): Run {
  const isCancelled = isFault(error) && error.kind === 'cancelled';
  return {
    ...run,
    state: isCancelled ? RunState.RUN_STATE_CANCELLED : RunState.RUN_STATE_FAILED,
    failure: describeError(error),
  };
}

/** A run as its folder tells it, where no process works on it. */
export async function readRun(runPath: string): Promise<Run> {
  const folder = describeRunFolder(runPath);
  const origin = await readOrigin(runPath);
  const plan = parsePlan(await readFile(folder.plan, 'utf8'), origin.planName);
  const entries = await readJsonLines(folder.journal);
  const run: Run = {
    ...createRun(origin.runId, runPath, countSteps(plan, entries)),
    state: RunState.RUN_STATE_CANCELLED,
    step: (await listCheckpoints(folder)).at(-1) ?? 0,
  };
  if (listEntries(entries, 'run.completed').length > 0) {
    const file = await findVerdict(folder.verdict);
    if (file !== undefined) return completeRun(run, file.verdict);
  }
  return { ...run, failure: listEntries(entries, 'run.stopped').at(-1)?.message ?? '' };
}

/** A run's verdict; undefined where there is none. */
function findVerdict(path: string): Promise<VerdictFile | undefined> {
  return readVerdict(path).catch((error: unknown) => {
    if (isFault(error) && error.kind === 'not-found') return undefined;
    throw error;
  });
}
