import { Outcome, type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  createCounter,
  createGauge,
  createHistogram,
  type Gauge,
  type ServiceContext,
} from '@holdfast/service-kit';
import type { RunEvent } from '../run/run-feed.js';
import type { RunObserver } from '../run/run-observer.js';
import { hasEnded } from '../service/describe-run.js';
import { nameOutcome, nameState } from './names.js';

/** Runs with metrics of their own, the first ones; the others are counted by state. */
const runsMax = 100;
/** Constraints of a run with metrics of their own, the most violated ones. */
const tasksMax = 20;
/** Characters of a label: a task may have a thousand. */
const labelMax = 100;

/** A constraint, as it was when a step last looked at it. */
interface Constraint {
  readonly task: string;
  readonly value: number;
  readonly weight: number;
}

/** A run that has not ended. */
interface WatchedRun {
  readonly run: Run;
  readonly constraints: ReadonlyMap<string, Constraint>;
}

type Registry = ServiceContext['registry'];

/**
 * Keeps the metrics of a controller's runs. Their number is bounded: a run that has ended has none of its own, and of
 * many runs or tasks the first, or worst, ones have.
 */
export function createRunMetrics(registry: Registry): RunObserver {
  const watched = new Map<string, WatchedRun>();
  readWatched(registry, watched);
  const ended = createCounter(registry, {
    name: 'holdfast_runs_ended_total',
    help: 'Runs that ended in this process, by the state they ended in.',
    labels: ['state'],
  });
  const verdicts = createCounter(registry, {
    name: 'holdfast_verdicts_total',
    help: 'Runs that were completed in this process, by their outcome.',
    labels: ['outcome'],
  });
  const recoveries = createCounter(registry, {
    name: 'holdfast_run_recoveries_total',
    help: 'How often a run was opened again because a service had lost it.',
  });
  const stepSeconds = createHistogram(registry, {
    name: 'holdfast_step_seconds',
    help: 'Time of a training step, by its phase.',
    labels: ['phase'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });
  for (const state of endStates) ended.inc({ state: nameState(state) }, 0);
  for (const outcome of outcomes) verdicts.inc({ outcome: nameOutcome(outcome) }, 0);
  return {
    onEvent(run, event) {
      if (!hasEnded(run)) {
        watched.set(run.runId, { run, constraints: follow(watched.get(run.runId), event) });
        return;
      }
      watched.delete(run.runId);
      if (event.$case !== 'ended') return;
      ended.inc({ state: nameState(run.state) });
      if (run.state === RunState.RUN_STATE_COMPLETED) {
        verdicts.inc({ outcome: nameOutcome(run.outcome) });
      }
    },
    onLeft: (runId) => void watched.delete(runId),
    onRecord(_, { event }) {
      if (event === 'run.recovered') recoveries.inc();
    },
    onPhase: (phase, seconds) => stepSeconds.observe({ phase }, seconds),
  };
}

const endStates = [
  RunState.RUN_STATE_COMPLETED,
  RunState.RUN_STATE_FAILED,
  RunState.RUN_STATE_CANCELLED,
  RunState.RUN_STATE_INTERRUPTED,
];

const outcomes = [
  Outcome.OUTCOME_RETAINED,
  Outcome.OUTCOME_REGRESSED,
  Outcome.OUTCOME_UNDECIDED,
  Outcome.OUTCOME_NO_FEASIBLE_CANDIDATE,
];

/** A run's constraints after an event. */
function follow(known: WatchedRun | undefined, event: RunEvent): WatchedRun['constraints'] {
  const before = known?.constraints ?? new Map<string, Constraint>();
  if (event.$case !== 'stepApplied') return before;
  const seen = event.value.tasks.map(({ task, constraintEstimate, weight }) => {
    const name = task.slice(0, labelMax);
    return [name, { task: name, value: constraintEstimate, weight }] as const;
  });
  return new Map([...before, ...seen]);
}

/** Gauges that say at every scrape how the runs are that have not ended. */
function readWatched(registry: Registry, watched: ReadonlyMap<string, WatchedRun>): void {
  const shown = () => [...watched.values()].slice(0, runsMax);
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    collect: (gauge: Gauge<Label>) => void,
  ) => createGauge(registry, { name, help, labels, collect });

  gauge('holdfast_runs', 'Runs that have not ended, by state.', ['state'], (all) => {
    for (const { run } of watched.values()) all.inc({ state: nameState(run.state) });
  });
  gauge('holdfast_queue_depth', 'Runs that wait for their turn.', [], (depth) => {
    const queued = [...watched.values()].filter(
      ({ run }) => run.state === RunState.RUN_STATE_QUEUED,
    );
    depth.set(queued.length);
  });
  gauge('holdfast_run_state', '1 for the state that a run is in.', ['run_id', 'state'], (of) => {
    for (const { run } of shown()) of.set({ run_id: run.runId, state: nameState(run.state) }, 1);
  });
  gauge('holdfast_run_step', 'Steps that a run has taken.', ['run_id'], (of) => {
    for (const { run } of shown()) of.set({ run_id: run.runId }, run.progress?.step ?? 0);
  });
  gauge('holdfast_run_planned_steps', 'Steps of a whole run.', ['run_id'], (of) => {
    for (const { run } of shown()) {
      const steps = run.progress?.totalSteps;
      if (steps !== undefined) of.set({ run_id: run.runId }, steps);
    }
  });
  const violated = 'Protected tasks whose constraint a step last found violated.';
  gauge('holdfast_constraints_violated', violated, ['run_id'], (of) => {
    for (const { run, constraints } of shown()) {
      const above = [...constraints.values()].filter(({ value }) => value > 0);
      of.set({ run_id: run.runId }, above.length);
    }
  });
  const worst = `of the ${tasksMax} protected tasks of a run with the largest constraints`;
  gauge(
    'holdfast_constraint_value',
    `Estimate ${worst}; above 0: violated.`,
    ['run_id', 'task'],
    (of) => {
      for (const { runId, task, value } of listWorst(shown())) {
        of.set({ run_id: runId, task }, value);
      }
    },
  );
  gauge('holdfast_constraint_weight', `Weight ${worst}.`, ['run_id', 'task'], (of) => {
    for (const { runId, task, weight } of listWorst(shown())) {
      of.set({ run_id: runId, task }, weight);
    }
  });
}

function listWorst(runs: readonly WatchedRun[]): (Constraint & { readonly runId: string })[] {
  return runs.flatMap(({ run: { runId }, constraints }) =>
    [...constraints.values()]
      .toSorted((a, b) => b.value - a.value)
      .slice(0, tasksMax)
      .map((constraint) => ({ runId, ...constraint })),
  );
}
