import { listConstrained } from '@holdfast/evaluation';
import type {
  EstimateResponse,
  TaskBatch,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import type { StepDraw } from '@holdfast/sampling';
import { addScaled, createMatrix, type Matrix, scatterAddRows, selectRows } from '@holdfast/tensor';
import { placeOf } from '../class-of.js';
import type { Caption, TermBatch, TermEmbeddings, TermEstimate, TermRun } from '../term.js';
import type { OutsideTask, OutsideValue } from './outside-task.js';

/** What one task gives to the gradients. */
type TaskGradients = Pick<TermEstimate, 'imageGradients' | 'textGradients'>;

/** What a run's constraints are estimated from. */
export interface ConstraintContext {
  readonly run: TermRun;
  /** The tasks compare with the reference on the step's own augmentation, not with what is recorded of it. */
  readonly isPaired: boolean;
  /** The estimate has each task's gradients apart, too. */
  readonly holdsEach: boolean;
  /** The classes that tasks tell their images apart among. */
  readonly classes: readonly Caption[];
  readonly outsideTasks: readonly OutsideTask[];
}

/** A step's constraints: the tasks' examples against the class prompts, by the candidate and by the reference. */
export function layOutConstraints(context: ConstraintContext, draw: StepDraw): TermBatch {
  const { run, classes, outsideTasks } = context;
  const batches = listTaskBatches(run, draw);
  return {
    texts: classes,
    async estimate(step, embeddings) {
      const asked = { run, step, draw, embeddings };
      const evaluating = outsideTasks.map((task) => task.evaluate(asked));
      // Nothing is under way any more when one has failed.
      await Promise.allSettled(evaluating);
      const found = await Promise.all(evaluating);
      const values = found.flatMap((outside, i): TaskBatch[] => {
        if (outside === undefined) return [];
        const task = listConstrained(run.tasks.protectedTasks).length + i;
        return [{ task, rows: [], labels: [], samples: [], value: outside.value }];
      });
      const response = await askService(context, step, [...batches, ...values], embeddings);
      const visited = found.filter((outside) => outside !== undefined);
      const estimate = describe(context, response);
      const whole = addOutside(estimate, response, visited);
      if (!context.holdsEach) return whole;
      return {
        ...whole,
        apart: [...takeApart(estimate, response, batches), ...weighOutside(response, visited)],
      };
    },
  };
}

/** Each drawn task by its rows of the protected images. */
function listTaskBatches(run: TermRun, draw: StepDraw): TaskBatch[] {
  let first = 0;
  return draw.tasks.map(({ task, samples }) => {
    const rows = samples.map((_, i) => first + i);
    first += samples.length;
    const labels = samples.map((sample) => placeOf(run, sample));
    return { task, rows, labels, samples, value: undefined };
  });
}

async function askService(
  { run: { runId, clients }, isPaired, holdsEach }: ConstraintContext,
  step: number,
  tasks: TaskBatch[],
  { images, texts, omitImageGradients, reference }: TermEmbeddings,
): Promise<EstimateResponse> {
  const known = isPaired ? await reference() : undefined;
  return clients.constraint.estimate({
    runId,
    step,
    tasks,
    imageEmbeddings: fromMatrix(images),
    classEmbeddings: fromMatrix(texts),
    omitImageGradients,
    apart: holdsEach,
    referenceImageEmbeddings: known && fromMatrix(known.images),
    referenceClassEmbeddings: known && fromMatrix(known.texts),
  });
}

/** What the service answered, as a term's estimate. */
function describe(
  { run, outsideTasks }: ConstraintContext,
  { value, tasks, imageGradients, classGradients }: EstimateResponse,
): TermEstimate {
  const constrained = listConstrained(run.tasks.protectedTasks);
  const names = [...constrained, ...outsideTasks].map(({ name }) => name);
  const inside = tasks.filter(({ task }) => task < constrained.length);
  const outside = tasks.slice(inside.length).map((found) => ({
    name: names[found.task]!,
    value: found.constraintEstimate,
    batchValue: found.batchValue,
    weight: found.weight,
  }));
  const logged = inside.map((task) => ({ ...task, multiplier: task.multiplier ?? 0 }));
  const said = { penalty: value, tasks: logged };
  return {
    value,
    parts: tasks.map(({ task, constraintEstimate }) => ({
      name: `the constraint of "${names[task] ?? task}"`,
      value: constraintEstimate,
    })),
    imageGradients: toMatrix(imageGradients, 'image_gradients'),
    textGradients: toMatrix(classGradients, 'class_gradients'),
    log: outside.length === 0 ? said : { ...said, terms: outside },
  };
}

/** What each drawn task gives to the gradients of an estimate: its rows of the images, and its share of the texts. */
function takeApart(
  { imageGradients }: TermEstimate,
  { taskClassGradients }: EstimateResponse,
  batches: readonly TaskBatch[],
): TaskGradients[] {
  const { rows: count, columns } = imageGradients;
  return batches.map(({ rows }, i) => {
    const own = createMatrix(count, columns);
    // Without rows, nothing of the images trains.
    if (count > 0) scatterAddRows(own, rows, selectRows(imageGradients, rows));
    const textGradients = toMatrix(taskClassGradients[i], `task_class_gradients[${i}]`);
    return { imageGradients: own, textGradients };
  });
}

/** 1/|S| weight_k times the gradients of the tasks whose values were found elsewhere, in their order. */
function weighOutside(
  { tasks }: EstimateResponse,
  found: readonly OutsideValue[],
): TaskGradients[] {
  const first = tasks.length - found.length;
  return found.map(({ imageGradients, textGradients }, i) => {
    const share = tasks[first + i]!.weight / tasks.length;
    const weigh = (gradients: Matrix) => addScaled(0, gradients, share, gradients);
    return { imageGradients: weigh(imageGradients), textGradients: weigh(textGradients) };
  });
}

/** Adds 1/|S| weight_k h_k of the tasks whose values were found elsewhere, in their order. */
function addOutside(
  estimate: TermEstimate,
  { tasks }: EstimateResponse,
  found: readonly OutsideValue[],
): TermEstimate {
  const first = tasks.length - found.length;
  let { value, imageGradients, textGradients } = estimate;
  found.forEach((outside, i) => {
    const share = tasks[first + i]!.weight / tasks.length;
    value += share * outside.value;
    imageGradients = addScaled(1, imageGradients, share, outside.imageGradients);
    textGradients = addScaled(1, textGradients, share, outside.textGradients);
  });
  const log = { ...estimate.log, penalty: value };
  return { ...estimate, value, imageGradients, textGradients, log };
}
