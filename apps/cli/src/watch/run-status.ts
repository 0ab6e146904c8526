import {
  type Queued,
  RunState,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';

/** One thing that happened in a run. */
export type RunEvent = NonNullable<WatchRunResponse['event']>;

/** A protected task as it is known while the run goes on. */
export interface TaskStatus {
  /** u_k; positive: worse than the reference, which is what its weight pushes against. */
  readonly estimate?: number;
  readonly weight?: number;
  /** Latest accuracy change on steering data. */
  readonly change?: number;
}

/** What a watcher knows of a run. */
export interface RunStatus {
  readonly state: RunState;
  /** What it does, for a person: "preparing images". */
  readonly activity: string;
  readonly done: number;
  readonly total: number;
  /** Of the last step; absent before the first. */
  readonly step?: {
    readonly objective: number;
    readonly penalty: number;
    readonly learningRate: number;
  };
  /** Latest measurement on steering data. */
  readonly target?: { readonly step: number; readonly change: number };
  /** By name, in the order in which they were first heard of. */
  readonly tasks: ReadonlyMap<string, TaskStatus>;
}

const activities: ReadonlyMap<RunState, string> = new Map<RunState, string>([
  [RunState.RUN_STATE_QUEUED, 'waiting to begin'],
  [RunState.RUN_STATE_PREPARING, 'preparing'],
  [RunState.RUN_STATE_TRAINING, 'training'],
  [RunState.RUN_STATE_GATING, 'judging the candidate'],
  [RunState.RUN_STATE_STOPPING, 'stopping'],
]);

/** A run of which nothing is known. */
export const unknownStatus: RunStatus = {
  state: RunState.RUN_STATE_UNSPECIFIED,
  activity: 'starting',
  done: 0,
  total: 0,
  tasks: new Map(),
};

/** Folds an event into what is known. */
export function updateStatus(status: RunStatus, event: RunEvent): RunStatus {
  switch (event.$case) {
    case 'stateChanged': {
      const { state } = event.value;
      const activity = activities.get(state) ?? status.activity;
      return { ...status, state, activity, done: 0, total: 0 };
    }
    case 'queued':
      return { ...status, activity: describePlace(event.value), done: 0, total: 0 };
    case 'progressed':
      return { ...status, ...event.value };
    case 'stepApplied': {
      const { step, totalSteps, objective, penalty, learningRate, tasks } = event.value;
      return {
        ...status,
        activity: 'training',
        done: step + 1,
        total: totalSteps,
        step: { objective, penalty, learningRate },
        tasks: mergeTasks(
          status.tasks,
          tasks.map(({ task, constraintEstimate, weight }) => [
            task,
            { estimate: constraintEstimate, weight },
          ]),
        ),
      };
    }
    case 'measured': {
      const { step, targetChange, tasks } = event.value;
      return {
        ...status,
        target: { step, change: targetChange },
        tasks: mergeTasks(
          status.tasks,
          tasks.map(({ task, accuracyChange }) => [task, { change: accuracyChange }]),
        ),
      };
    }
    default:
      return status;
  }
}

/** `waiting, place 2 in the queue: the encoder is away` */
export function describePlace({ position, reason }: Queued): string {
  const place = `waiting, place ${position} in the queue`;
  return reason === undefined ? place : `${place}: ${reason.replaceAll('\n', '; ')}`;
}

function mergeTasks(
  tasks: ReadonlyMap<string, TaskStatus>,
  updates: readonly (readonly [string, TaskStatus])[],
): ReadonlyMap<string, TaskStatus> {
  const merged = new Map(tasks);
  for (const [name, update] of updates) merged.set(name, { ...merged.get(name), ...update });
  return merged;
}
