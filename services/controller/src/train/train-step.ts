import { referenceParameters } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { trainsImages } from '@holdfast/plan';
import type { EstimateResponse } from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type {
  Augmentation,
  EncodeResponse,
  ImageBatch,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { EstimateObjectiveResponse } from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import { type ArrayVersion, SharedArray } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { fromMatrix, toMatrix } from '@holdfast/run-kit';
import type { StepResult } from '@holdfast/run-store';
import {
  createMatrix,
  gatherRows,
  type Matrix,
  scatterAddRows,
  selectRows,
} from '@holdfast/tensor';
import type { OpenRun } from '../run/open-run.js';
import { shareTensor } from '../share-tensor.js';
import type { StepBatch } from './step-batch.js';

/** The batch's embeddings, images and texts. */
interface Embeddings {
  readonly images: Matrix;
  readonly texts: Matrix;
}

function toEmbeddings(response: EncodeResponse): Embeddings {
  return {
    images: toMatrix(response.imageEmbeddings, 'image_embeddings'),
    texts: toMatrix(response.textEmbeddings, 'text_embeddings'),
  };
}

/** The weights that train, after so many steps: a replica that has others refuses. */
export function parametersAfter(stepsTaken: number): ArrayVersion {
  return { array: SharedArray.SHARED_ARRAY_PARAMETERS, version: stepsTaken };
}

/** The images of a step as its Encode has them. */
function toImageBatch(run: OpenRun, batch: StepBatch): ImageBatch {
  return {
    samples: [...batch.samples],
    augmentedCount: batch.augmentedCount,
    augmentation: toAugmentation(run),
    augmentationSeed: batch.augmentationSeed,
    firstIndex: 0,
  };
}

/** A plan's augmentation for the encoder, which shifts by whole pixels of the prepared image. */
function toAugmentation({ plan, imageSide }: OpenRun): Augmentation {
  const { crop, shift, ...others } = plan.training.augmentation;
  const rest = { ...others, shiftPixels: Math.round(shift * imageSide) };
  if (crop === undefined) return { ...rest, crop };
  const [scaleMin, scaleMax] = crop.scale;
  const [ratioMin, ratioMax] = crop.ratio;
  return { ...rest, crop: { scaleMin, scaleMax, ratioMin, ratioMax } };
}

/** The protected images, augmented as in the step: they lead there, and an image's augmentation goes by its place. */
function toReferenceBatch(run: OpenRun, batch: StepBatch): ImageBatch {
  const samples = batch.protectedRows.map((row) => batch.samples[row]!);
  return { ...toImageBatch(run, batch), samples, augmentedCount: samples.length };
}

function needsReference(run: OpenRun, batch: StepBatch): boolean {
  return batch.taskBatches.length > 0 && run.plan.constraints.augmentation === 'paired';
}

/** Has the encoder make a step's pixels while it computes an earlier one; the step is the same without. */
export async function announceStep(run: OpenRun, step: number, batch: StepBatch): Promise<void> {
  const batches = [toImageBatch(run, batch)];
  if (needsReference(run, batch)) batches.push(toReferenceBatch(run, batch));
  await run.clients.encoder.prefetch({ runId: run.runId, step, batches });
}

async function encodeBatch(run: OpenRun, step: number, batch: StepBatch): Promise<Embeddings> {
  const response = await run.clients.encoder.encode({
    runId: run.runId,
    step,
    parameters: parametersAfter(step),
    images: toImageBatch(run, batch),
    texts: { texts: [...batch.texts], heads: [...batch.heads] },
    retain: true,
  });
  return toEmbeddings(response);
}

/** The reference's embeddings of the protected images, augmented as the candidate's. */
async function encodeReference(run: OpenRun, batch: StepBatch): Promise<Embeddings> {
  const response = await run.clients.encoder.encode({
    runId: run.runId,
    parameters: referenceParameters,
    images: toReferenceBatch(run, batch),
    texts: {
      texts: batch.classRows.map((row) => batch.texts[row]!),
      heads: batch.classRows.map((row) => batch.heads[row]!),
    },
  });
  return toEmbeddings(response);
}

async function estimateConstraints(
  run: OpenRun,
  step: number,
  batch: StepBatch,
  embeddings: Embeddings,
): Promise<EstimateResponse | undefined> {
  if (batch.taskBatches.length === 0) return undefined;
  const reference = needsReference(run, batch) ? await encodeReference(run, batch) : undefined;
  return run.clients.constraint.estimate({
    runId: run.runId,
    step,
    tasks: [...batch.taskBatches],
    imageEmbeddings: fromMatrix(selectRows(embeddings.images, batch.protectedRows)),
    classEmbeddings: fromMatrix(gatherRows(embeddings.texts, batch.classRows)),
    omitImageGradients: !trainsImages(run.plan),
    ...(reference === undefined
      ? {}
      : {
          referenceImageEmbeddings: fromMatrix(reference.images),
          referenceClassEmbeddings: fromMatrix(reference.texts),
        }),
  });
}

function estimateObjective(
  run: OpenRun,
  step: number,
  { pairs }: StepBatch,
  embeddings: Embeddings,
): Promise<EstimateObjectiveResponse> {
  return run.clients.optimizer.estimateObjective({
    runId: run.runId,
    step,
    imageEmbeddings: fromMatrix(selectRows(embeddings.images, pairs.imageRows)),
    textEmbeddings: fromMatrix(embeddings.texts),
    samples: [...pairs.samples],
    captions: [...pairs.textRows],
    positives: [...pairs.positives],
    omitImageGradients: !trainsImages(run.plan),
  });
}

/** Refuses a value that is not a number, saying which term it is; the last checkpoint stays good. */
function requireFinite(value: number, term: string, step: number): number {
  if (Number.isFinite(value)) return value;
  throw new Fault(
    'aborted',
    `training diverged at step ${step}: ${term} is ${value}. The last checkpoint is kept; a smaller training.learningRate usually helps`,
  );
}

/** What the objective and the constraints answered. */
interface Estimates {
  readonly objective: EstimateObjectiveResponse;
  readonly constraint: EstimateResponse | undefined;
}

/** Adds the images' two gradients up, row by row, in the order of the batch. */
function combineImageGradients(
  { rows, columns }: Matrix,
  batch: StepBatch,
  { objective, constraint }: Estimates,
): Matrix {
  const images = createMatrix(rows, columns);
  const pairs = toMatrix(objective.imageGradients, 'image_gradients');
  scatterAddRows(images, batch.pairs.imageRows, pairs);
  if (constraint === undefined) return images;
  const tasks = toMatrix(constraint.imageGradients, 'image_gradients');
  scatterAddRows(images, batch.protectedRows, tasks);
  return images;
}

/** Adds the texts' two gradients up, row by row, in the order of the batch. */
function combineTextGradients(
  { rows, columns }: Matrix,
  batch: StepBatch,
  { objective, constraint }: Estimates,
): Matrix {
  const texts = createMatrix(rows, columns);
  texts.data.set(toMatrix(objective.textGradients, 'text_gradients').data);
  if (constraint === undefined) return texts;
  scatterAddRows(texts, batch.classRows, toMatrix(constraint.classGradients, 'class_gradients'));
  return texts;
}

/** One training step: embed, estimate objective and constraints side by side, go back, move the weights. */
export async function trainStep(run: OpenRun, step: number, batch: StepBatch): Promise<StepResult> {
  const embeddings = await encodeBatch(run, step, batch);
  const [objective, constraint] = await Promise.all([
    estimateObjective(run, step, batch, embeddings),
    estimateConstraints(run, step, batch, embeddings),
  ]);
  requireFinite(objective.value, 'the objective', step);
  for (const estimate of constraint?.tasks ?? []) {
    const name = run.tasks.protectedTasks[estimate.task]?.name ?? `task ${estimate.task}`;
    requireFinite(estimate.constraintEstimate, `the constraint of "${name}"`, step);
  }
  const estimates = { objective, constraint };
  const { gradient } = await run.clients.encoder.backpropagate({
    runId: run.runId,
    step,
    parameters: parametersAfter(step),
    ...(trainsImages(run.plan) && {
      imageGradients: fromMatrix(combineImageGradients(embeddings.images, batch, estimates)),
    }),
    textGradients: fromMatrix(combineTextGradients(embeddings.texts, batch, estimates)),
  });
  if (gradient === undefined) throw new Fault('internal', 'the encoder answered no gradient');
  const applied = await run.clients.optimizer.step({
    runId: run.runId,
    step,
    gradient: await shareTensor(gradient, run.encoder, run.optimizer),
  });
  if (applied.parameters === undefined)
    throw new Fault('internal', 'the optimizer answered no parameters');
  await shareTensor(applied.parameters, run.optimizer, run.encoder);
  return {
    step,
    objective: objective.value,
    penalty: constraint?.value ?? 0,
    learningRate: applied.learningRate,
    gradientNorm: applied.gradientNorm,
    tasks: constraint?.tasks ?? [],
  };
}
