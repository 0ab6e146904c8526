import { samplesWithRole } from '@holdfast/dataset';
import {
  classifySamples,
  createTaskFinder,
  listConstrained,
  selectSamples,
} from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { listTargets } from '@holdfast/plan';
import {
  type MetricsLog,
  pruneCheckpoints,
  type RunProgress,
  type StepResult,
} from '@holdfast/run-store';
import { createStepSampler, type StepSampler } from '@holdfast/sampling';
import { withSpan } from '@holdfast/service-kit';
import type { Steering } from '../choose/measure-steering.js';
import { measurementsMax } from '../choose/schedule-measurements.js';
import { describeConstraints } from '../run/describe-step.js';
import type { OpenRun } from '../run/open-run.js';
import type { RunEvent } from '../run/run-feed.js';
import type { WatchPhase } from '../run/run-observer.js';
import { settleAll } from '../run/settle-all.js';
import { writeCheckpoint } from './checkpoint.js';
import { announceStep, parametersAfter } from './embed-step.js';
import { measureLeaders } from './measure-leaders.js';
import { measureProgress } from './measure-progress.js';
import { layOutStep, type StepBatch } from './step-batch.js';
import { type TakenStep, trainStep } from './train-step.js';
import { startTrainingClock, type TrainingTime } from './training-time.js';

/** What training needs beside the run. */
export interface TrainRunOptions {
  readonly steering: Steering | undefined;
  readonly metrics: MetricsLog;
  readonly publish: (event: RunEvent) => void;
  readonly signal: AbortSignal;
  /** Absent: nobody watches. */
  readonly watchPhase?: WatchPhase;
  /** Between two checkpoints at most, and a step. Default 600. */
  readonly checkpointEverySeconds?: number | undefined;
}

/** A run trained to its end. */
export interface TrainedRun {
  readonly progress: RunProgress;
  readonly time: TrainingTime;
}

/** The run's sampler: which images each step draws. */
export function createRunSampler(run: OpenRun): StepSampler {
  const { plan, dataset, prompts } = run;
  const tasks = listConstrained(run.tasks.protectedTasks);
  const samplesOf = createTaskFinder(dataset, 'protected');
  return createStepSampler({
    positives: listTargets(plan).map((label) => selectSamples(dataset, 'target', label)),
    negatives: selectSamples(dataset, 'negative'),
    tasks: tasks.map((task) => samplesOf(task).map(({ index }) => index)),
    targetBatch: plan.training.targetBatch,
    examplesPerTask: plan.training.examplesPerTask,
    tasksPerStep: plan.training.tasksPerStep ?? tasks.length,
    unlabelled: run.distilled && {
      samples: run.distilled.samples.map(({ index }) => index),
      texts: run.distilled.texts.length,
      batch: plan.distillation!.unlabelled!.batch,
    },
    templates: prompts.templateCount,
    seed: plan.seed,
  });
}

/** Steps between two checkpoints where no steering data are measured at them. */
function checkpointPeriod({ selection, training }: OpenRun['plan']): number {
  return selection.everySteps ?? Math.ceil(training.steps / measurementsMax);
}

function toStepEvent(run: OpenRun, result: StepResult): RunEvent {
  return {
    $case: 'stepApplied',
    value: {
      step: result.step,
      totalSteps: run.plan.training.steps,
      objective: result.objective,
      penalty: result.penalty,
      learningRate: result.learningRate,
      gradientNorm: result.gradientNorm,
      tasks: describeConstraints(
        result,
        run.tasks.protectedTasks.map(({ name }) => name),
      ),
    },
  };
}

/**
 * Steps whose checkpoints stay: the last few, and those that led when these were written: without them the run could not
 * go on from an earlier one where the newest is damaged.
 */
export function stepsToKeep(keepLast: number, written: readonly RunProgress[]): Set<number> {
  const last = written.slice(-keepLast);
  return new Set(last.flatMap(({ stepsTaken, leaders }) => [stepsTaken, ...leaders]));
}

/** Looks at one image through the weights, so that no checkpoint is kept of weights that diverged. */
async function requireFiniteWeights(run: OpenRun, stepsTaken: number): Promise<void> {
  const parameters = parametersAfter(stepsTaken);
  const model = { encoder: run.encoders, runId: run.runId, parameters, headOf: run.headOf };
  await classifySamples(model, {
    classes: run.tasks.classes,
    spaces: run.tasks.spaces,
    prompts: run.prompts,
    samples: samplesWithRole(run.dataset, 'target').slice(0, 1),
    temperature: run.plan.constraints.constraintTemperature,
  });
}

/**
 * Trains from where `progress` stands to the end of the plan.
 *
 * Stops after the current step when the signal aborts, with a checkpoint written.
 *
 * @throws Fault `cancelled` when it was asked to stop; `diverged` when training diverged.
 */
export async function trainRun(
  run: OpenRun,
  initial: RunProgress,
  {
    steering,
    metrics,
    publish,
    signal,
    checkpointEverySeconds = 600,
    watchPhase = (_, work) => work(),
  }: TrainRunOptions,
): Promise<TrainedRun> {
  const { steps } = run.plan.training;
  const period = steering?.schedule.everySteps ?? checkpointPeriod(run.plan);
  const sampler = createRunSampler(run);
  const written: RunProgress[] = initial.stepsTaken > 0 ? [initial] : [];
  const countImages = () => run.encoders.countImages();
  const clock = startTrainingClock(countImages, steering?.cost);
  let progress = initial;
  let upcoming: StepBatch | undefined;
  let savedAtMs = performance.now();

  const onRepeat = ({ message }: Fault) => {
    const what = `step ${progress.stepsTaken} is repeated: ${message}`;
    publish({ $case: 'noted', value: { message: what } });
  };

  /** Takes a step; what the step after it draws is announced while the encoder computes. */
  async function take(step: number): Promise<TakenStep> {
    const batch = upcoming ?? layOutStep(run, sampler.draw(step));
    const training = trainStep(run, step, batch, { onRepeat, signal, watchPhase });
    upcoming = step + 1 < steps ? layOutStep(run, sampler.draw(step + 1)) : undefined;
    const announcing = upcoming && announceStep(run, step + 1, upcoming, { onRepeat, signal });
    const [taken] = await settleAll([training, announcing]);
    return taken;
  }

  async function save(): Promise<void> {
    if (written.at(-1)?.stepsTaken === progress.stepsTaken) return;
    await metrics.flush();
    await writeCheckpoint(run, progress);
    written.push(progress);
    savedAtMs = performance.now();
    const kept = stepsToKeep(run.plan.selection.keepLast, written);
    await pruneCheckpoints(run.folder, kept, run.lease.requireHeld);
  }

  while (progress.stepsTaken < steps) {
    if (signal.aborted) {
      await save();
      throw new Fault(
        'cancelled',
        `stopped after ${progress.stepsTaken} of ${steps} steps; everything is saved`,
      );
    }
    const step = progress.stepsTaken;
    const attributes = { 'holdfast.run_id': run.runId, 'holdfast.step': step };
    const taking = withSpan('holdfast.step', attributes, () => take(step));
    const { result } = await clock.stepping(taking);
    await metrics.append(result);
    publish(toStepEvent(run, result));
    progress = { ...progress, stepsTaken: step + 1 };
    if (progress.stepsTaken % period === 0 || progress.stepsTaken === steps) {
      if (steering === undefined) await requireFiniteWeights(run, progress.stepsTaken);
      else {
        const measuring = withSpan('holdfast.measure', attributes, () =>
          measureProgress(run, progress, steering, publish),
        );
        progress = await clock.measuring(measuring);
      }
      await save();
    } else if (performance.now() - savedAtMs > checkpointEverySeconds * 1000) {
      // Nothing is measured, so that no bit depends on the clock.
      await requireFiniteWeights(run, progress.stepsTaken);
      await save();
    }
  }
  if (steering !== undefined) {
    const activity = 'measuring the leading checkpoints';
    const onProgress = (done: number, total: number) =>
      publish({ $case: 'progressed', value: { activity, done, total } });
    const from = progress;
    const measuring = withSpan('holdfast.measure', { 'holdfast.run_id': run.runId }, () =>
      measureLeaders(run, from, steering, { onProgress, signal }),
    );
    progress = await clock.measuring(measuring);
  }
  return { progress, time: clock.read() };
}
