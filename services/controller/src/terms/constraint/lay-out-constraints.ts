import { listConstrained } from '@holdfast/evaluation';
import type {
  EstimateResponse,
  TaskBatch,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import type { StepDraw } from '@holdfast/sampling';
import { createMatrix, type Matrix } from '@holdfast/tensor';
import { placeOf } from '../class-of.js';
import type { Caption, TermBatch, TermEmbeddings, TermEstimate, TermRun } from '../term.js';
import type { OutsideTask, OutsideValue } from './outside-task.js';

/** What a run's constraints are estimated from. */
export interface ConstraintContext {
  readonly run: TermRun;
  /** The tasks compare with the reference on the step's own augmentation, not with what is recorded of it. */
  readonly isPaired: boolean;
  /** All classes: the label spaces of the tasks are among them. */
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
      return addOutside(describe(context, response), response, visited);
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
  { run: { runId, clients }, isPaired }: ConstraintContext,
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
    imageGradients = addScaled(imageGradients, share, outside.imageGradients);
    textGradients = addScaled(textGradients, share, outside.textGradients);
  });
  const log = { ...estimate.log, penalty: value };
  return { ...estimate, value, imageGradients, textGradients, log };
}

function addScaled({ rows, columns, data }: Matrix, scale: number, added: Matrix): Matrix {
  return createMatrix(
    rows,
    columns,
    data.map((x, i) => x + scale * added.data[i]!),
  );
}
