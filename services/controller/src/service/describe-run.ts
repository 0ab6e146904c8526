import { toUri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';
import {
  ControllerServiceDefinition,
  Outcome,
  type Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { type JournalEntry, listEntries, type RunOrigin } from '@holdfast/run-store';
import { toRpcStatus, toTimestamp } from '@holdfast/service-kit';
import type { RunResult } from '../conclude/conclude-run.js';
import type { RunStop } from '../run/describe-stop.js';
import type { RunEvent } from '../run/run-feed.js';

/** Outcomes of a verdict as enum values. */
export const outcomes = {
  RETAINED: Outcome.OUTCOME_RETAINED,
  REGRESSED: Outcome.OUTCOME_REGRESSED,
  UNDECIDED: Outcome.OUTCOME_UNDECIDED,
  NO_FEASIBLE_CANDIDATE: Outcome.OUTCOME_NO_FEASIBLE_CANDIDATE,
} as const;

const stopStates = {
  failed: RunState.RUN_STATE_FAILED,
  cancelled: RunState.RUN_STATE_CANCELLED,
  interrupted: RunState.RUN_STATE_INTERRUPTED,
} as const;

const endStates: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_COMPLETED,
  ...Object.values(stopStates),
]);

/** The call that a run's failure is laid to. */
const submitPath = `/${ControllerServiceDefinition.fullName}/${ControllerServiceDefinition.methods.submitRun.name}`;

/** Whether a run has ended, and no process works on it. */
export function hasEnded({ state }: Pick<Run, 'state'>): boolean {
  return endStates.has(state);
}

/** Steps that a run takes in all; undefined where the plan leaves them to the data, which are not read yet. */
export function countSteps(
  { training }: PlanDraft,
  entries: readonly JournalEntry[] = [],
): number | undefined {
  if (training.steps !== 'auto') return training.steps;
  const { resolutions = [] } = listEntries(entries, 'plan.resolved').at(-1) ?? {};
  return resolutions.find(({ field }) => field === 'training.steps')?.value;
}

/** A run that was accepted. */
export function createRun(
  {
    runId,
    createdAt,
    labels = {},
    priority = 0,
    caller = '',
  }: Pick<RunOrigin, 'runId' | 'createdAt' | 'labels' | 'priority' | 'caller'>,
  runPath: string,
  totalSteps?: number,
): Run {
  return {
    runId,
    runUri: toUri(runPath),
    state: RunState.RUN_STATE_QUEUED,
    outcome: Outcome.OUTCOME_UNSPECIFIED,
    progress: { step: 0, totalSteps, work: undefined },
    failure: undefined,
    reason: undefined,
    createTime: createdAt === undefined ? undefined : toTimestamp(new Date(createdAt)),
    startTime: undefined,
    endTime: undefined,
    labels: { ...labels },
    priority,
    caller,
    queued: undefined,
  };
}

/** A run that stopped, about to go on from its newest checkpoint. */
export function requeueRun(run: Run): Run {
  return {
    ...run,
    state: RunState.RUN_STATE_QUEUED,
    failure: undefined,
    reason: undefined,
    endTime: undefined,
  };
}

/** Folds an event into where a run stands. */
export function applyEvent(run: Run, event: RunEvent): Run {
  const { step = 0, totalSteps } = run.progress ?? {};
  switch (event.$case) {
    case 'stateChanged': {
      const { state, time } = event.value;
      const begins = state === RunState.RUN_STATE_PREPARING;
      return {
        ...run,
        state,
        progress: { step, totalSteps, work: undefined },
        queued: undefined,
        startTime: run.startTime ?? (begins ? time : undefined),
      };
    }
    case 'stepApplied': {
      const { value } = event;
      const progress = { step: value.step + 1, totalSteps: value.totalSteps, work: undefined };
      return { ...run, progress };
    }
    case 'queued':
      return { ...run, queued: event.value };
    case 'progressed':
      return { ...run, progress: { step, totalSteps, work: event.value } };
    default:
      return run;
  }
}

/** An end as it is known later: an earlier version did not write down when it was. */
type StoredEnd<T extends { readonly at: string }> = Omit<T, 'at'> & {
  readonly at: string | undefined;
};

/** A run that reached an outcome. */
export function completeRun(run: Run, { outcome, reason, at }: StoredEnd<RunResult>): Run {
  return {
    ...endRun(run, RunState.RUN_STATE_COMPLETED, at),
    outcome: outcomes[outcome],
    reason,
  };
}

/** A run that stopped before it had an outcome. */
export function stopRun(run: Run, stop: StoredEnd<RunStop>): Run {
  const ended = endRun(run, stopStates[stop.state], stop.at);
  if (stop.state !== 'failed') return { ...ended, reason: stop.message };
  const { kind, message, violations } = stop;
  return { ...ended, failure: toRpcStatus(new Fault(kind, message, { violations }), submitPath) };
}

function endRun(run: Run, state: RunState, at: string | undefined): Run {
  const { step = 0, totalSteps } = run.progress ?? {};
  return {
    ...run,
    state,
    progress: { step, totalSteps, work: undefined },
    queued: undefined,
    endTime: at === undefined ? undefined : toTimestamp(new Date(at)),
  };
}
