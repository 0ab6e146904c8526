import {
  type ConstraintBatch,
  type ConstraintSettings,
  type ConstraintState,
  computeReferences,
  drives,
  estimateConstraints,
  findReferences,
  type Penalty,
  penalties,
  type ReferenceRecord,
} from '@holdfast/constraints';
import { Fault } from '@holdfast/fault';
import type {
  EstimateRequest,
  EstimateResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fromMatrix } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import type { ConstraintRun, RunStore } from './constraint-run.js';
import { parseBatch } from './parse-batch.js';

/**
 * Folds one batch into the estimates. The answer is a function of the state before the step and the
 * request, so a repetition of the last step is computed again from what was before it.
 */
export function createEstimate(store: RunStore) {
  return async (request: EstimateRequest): Promise<EstimateResponse> => {
    const run = await store.get(request.runId);
    const before = findStateBefore(run, request);
    const { batch, reference } = parseRequest(request, run);
    const estimate = estimateConstraints({
      tasks: run.tasks,
      settings: run.settings,
      state: before,
      step: request.step,
      batch,
      references: chooseReferences(run, batch, reference),
      temperatures: run.references.temperatures,
    });
    if (request.step !== run.lastStep) {
      run.previous = before;
      run.state = estimate.state;
      run.lastStep = request.step;
    }
    return {
      tasks: estimate.tasks.map(({ multiplier, ...task }) => ({
        ...task,
        multiplier: keepsMultipliers(run.settings) ? multiplier : undefined,
      })),
      value: estimate.value,
      imageGradients: fromMatrix(estimate.imageGradients),
      classGradients: fromMatrix(estimate.classGradients),
      taskClassGradients: estimate.taskClassGradients.map(fromMatrix),
    };
  };
}

/** Whether lambda of the tasks is moved, by dual steps or by measurements. */
function keepsMultipliers({ penalty, drive }: ConstraintSettings): boolean {
  const { moveMultiplier }: Penalty = penalties[penalty];
  return moveMultiplier !== undefined || drives[drive].isMeasured === true;
}

/** @throws Fault 'out-of-step' if the step was passed already. */
function findStateBefore(run: ConstraintRun, { runId, step }: EstimateRequest): ConstraintState {
  if (step > run.lastStep) return run.state;
  if (step === run.lastStep) return run.previous;
  throw new Fault(
    'out-of-step',
    `step ${step} of run '${runId}' was passed: the last one was ${run.lastStep}; ` +
      'import the state of a checkpoint to go back',
  );
}

interface ParsedRequest {
  readonly batch: ConstraintBatch;
  /** The same examples embedded by the reference, where the request brings that. */
  readonly reference: ConstraintBatch | undefined;
}

function parseRequest(request: EstimateRequest, run: ConstraintRun): ParsedRequest {
  const violations = collectViolations('Estimate');
  const fields = {
    images: request.imageEmbeddings,
    imageField: 'image_embeddings',
    classes: request.classEmbeddings,
    classField: 'class_embeddings',
  };
  const batch = parseBatch(request.tasks, fields, run.tasks, violations);
  const isPaired =
    request.referenceImageEmbeddings !== undefined ||
    request.referenceClassEmbeddings !== undefined;
  const referenceFields = {
    images: request.referenceImageEmbeddings,
    imageField: 'reference_image_embeddings',
    classes: request.referenceClassEmbeddings,
    classField: 'reference_class_embeddings',
  };
  const reference = isPaired
    ? parseBatch(request.tasks, referenceFields, run.tasks, violations)
    : undefined;
  violations.throwIfAny();
  const { omitImageGradients, apart } = request;
  return { batch: { ...batch!, omitImageGradients, apart }, reference };
}

function chooseReferences(
  run: ConstraintRun,
  batch: ConstraintBatch,
  reference: ConstraintBatch | undefined,
): ReferenceRecord[][] {
  if (reference === undefined) return findReferences(run.references, run.tasks, batch);
  const open = batch.tasks.find(({ task }) => Number.isNaN(run.references.temperatures[task]));
  if (open === undefined) return computeReferences(run.references, run.tasks, reference);
  throw new Fault(
    'precondition',
    `task '${run.tasks[open.task]!.name}' has no temperature yet; record the reference first, ` +
      'the last call with `complete`',
  );
}
