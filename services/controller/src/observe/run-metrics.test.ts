import {
  Outcome,
  Run,
  RunState,
  StepApplied,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { Registry } from '@holdfast/service-kit';
import { checkMetrics, hasPromtool } from '@holdfast/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { enterState } from '../run/enter-state.js';
import { createPhaseWatch, type RunObserver } from '../run/run-observer.js';
import { createRunMetrics } from './run-metrics.js';

let registry: Registry;
let metrics: RunObserver;
beforeEach(() => {
  registry = new Registry();
  metrics = createRunMetrics(registry);
});

/** A run comes to a state. */
function enter(runId: string, state: RunState, rest: Partial<Run> = {}): void {
  metrics.onEvent!(Run.fromPartial({ runId, state, ...rest }), enterState(state));
}

/** A run takes a step that looks at tasks, value by name. */
function takeStep(runId: string, values: Readonly<Record<string, number>>): void {
  const tasks = Object.entries(values).map(([task, value]) => ({
    task,
    constraintEstimate: value,
    weight: 2 * value,
  }));
  const progress = { step: 1, totalSteps: 9 };
  metrics.onEvent!(Run.fromPartial({ runId, state: RunState.RUN_STATE_TRAINING, progress }), {
    $case: 'stepApplied',
    value: StepApplied.fromPartial({ tasks }),
  });
}

function end(runId: string, state: RunState, outcome: Outcome = Outcome.OUTCOME_UNSPECIFIED): void {
  const run = Run.fromPartial({ runId, state, outcome });
  metrics.onEvent!(run, { $case: 'ended', value: { run } });
}

/** The samples whose line begins so. */
async function read(start: string): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith(start));
}

describe('the metrics of runs', () => {
  it('say in which state and at which step a run is, until it ends', async () => {
    enter('a', RunState.RUN_STATE_QUEUED);
    enter('b', RunState.RUN_STATE_QUEUED);
    expect(await read('holdfast_queue_depth')).toEqual(['holdfast_queue_depth 2']);
    takeStep('a', {});
    expect(await read('holdfast_queue_depth')).toEqual(['holdfast_queue_depth 1']);
    expect(await read('holdfast_run_state{')).toEqual([
      'holdfast_run_state{run_id="a",state="training"} 1',
      'holdfast_run_state{run_id="b",state="queued"} 1',
    ]);
    expect(await read('holdfast_run_step{run_id="a"')).toEqual(['holdfast_run_step{run_id="a"} 1']);
    expect(await read('holdfast_run_planned_steps{')).toEqual([
      'holdfast_run_planned_steps{run_id="a"} 9',
    ]);
    end('a', RunState.RUN_STATE_COMPLETED, Outcome.OUTCOME_NO_FEASIBLE_CANDIDATE);
    end('b', RunState.RUN_STATE_FAILED);
    enter('c', RunState.RUN_STATE_QUEUED);
    metrics.onLeft!('c');
    expect((await registry.metrics()).includes('run_id')).toBe(false);
    expect(await read('holdfast_runs_ended_total{state="failed"}')).toEqual([
      'holdfast_runs_ended_total{state="failed"} 1',
    ]);
    expect(await read('holdfast_verdicts_total')).toEqual([
      'holdfast_verdicts_total{outcome="retained"} 0',
      'holdfast_verdicts_total{outcome="regressed"} 0',
      'holdfast_verdicts_total{outcome="undecided"} 0',
      'holdfast_verdicts_total{outcome="no_feasible_candidate"} 1',
    ]);
  });

  it('have the constraints that are most violated, as a step last saw them', async () => {
    const values = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`t${i}`, i - 250]));
    takeStep('a', values);
    takeStep('a', { t499: -1000 });
    const shown = await read('holdfast_constraint_value{');
    expect(shown).toHaveLength(20);
    expect(shown[0]).toBe('holdfast_constraint_value{run_id="a",task="t498"} 248');
    expect((await read('holdfast_constraint_weight{'))[0]).toMatch(/t498"} 496$/);
    expect(await read('holdfast_constraints_violated{')).toEqual([
      'holdfast_constraints_violated{run_id="a"} 248',
    ]);
  });

  it('stay few, however many runs and however long the names', async () => {
    for (let i = 0; i < 500; i += 1) enter(`run ${i}`, RunState.RUN_STATE_QUEUED);
    takeStep('run 0', { ['x'.repeat(1000)]: 1 });
    expect(await read('holdfast_run_state{')).toHaveLength(100);
    expect(await read('holdfast_runs{')).toEqual([
      'holdfast_runs{state="training"} 1',
      'holdfast_runs{state="queued"} 499',
    ]);
    expect((await read('holdfast_constraint_value{'))[0]!.length).toBeLessThan(200);
  });

  it('take the time of phases that were done, and count recoveries', async () => {
    const watch = createPhaseWatch(metrics);
    expect(await watch('encode', async () => 7)).toBe(7);
    await watch('encode', () => Promise.reject(new Error('lost'))).catch(() => {});
    const at = new Date().toISOString();
    const recovered = {
      event: 'run.recovered',
      at,
      step: 3,
      stepsRepeated: 0,
      reason: '',
    } as const;
    metrics.onRecord!('a', recovered);
    expect(await read('holdfast_step_seconds_count')).toEqual([
      'holdfast_step_seconds_count{phase="encode"} 1',
    ]);
    expect(await read('holdfast_run_recoveries_total')).toEqual([
      'holdfast_run_recoveries_total 1',
    ]);
  });

  it.runIf(hasPromtool)('leave promtool nothing to say', async () => {
    takeStep('a', { 'a "quoted"\nname': 1 });
    await createPhaseWatch(metrics)('update', async () => {});
    expect(checkMetrics(await registry.metrics())).toBe('');
  });
});
