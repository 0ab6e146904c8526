import { type ConstraintBatch, fitReferences, recordReferences } from '@holdfast/constraints';
import { Fault } from '@holdfast/fault';
import type {
  RecordReferenceRequest,
  RecordReferenceResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { collectViolations } from '@holdfast/service-kit';
import type { ConstraintRun, RunStore } from './constraint-run.js';
import { limits } from './limits.js';
import { parseBatch } from './parse-batch.js';

/** Stores what the reference model gives on examples. */
export function createRecordReference(store: RunStore) {
  return async (request: RecordReferenceRequest): Promise<RecordReferenceResponse> => {
    const run = await store.get(request.runId);
    const batch = parseRequest(request, run);
    checkLimits(batch, run);
    recordReferences(run.references, run.tasks, batch);
    if (request.complete) fitReferences(run.references, run.tasks, run.settings);
    return {
      sampleCount: countSamples(run),
      temperatures: request.complete ? Array.from(run.references.temperatures) : [],
    };
  };
}

function parseRequest(request: RecordReferenceRequest, run: ConstraintRun): ConstraintBatch {
  const violations = collectViolations('RecordReference');
  const fields = {
    images: request.imageEmbeddings,
    imageField: 'image_embeddings',
    classes: request.classEmbeddings,
    classField: 'class_embeddings',
  };
  const batch = parseBatch(request.tasks, fields, run.tasks, violations);
  violations.throwIfAny();
  return batch!;
}

function countSamples({ references: { records, unfitted } }: ConstraintRun): number {
  return [...records, ...unfitted].reduce((sum, { size }) => sum + size, 0);
}

/** @throws Fault 'exhausted' before anything is recorded. */
function checkLimits(batch: ConstraintBatch, run: ConstraintRun): void {
  const added = batch.tasks.reduce((sum, { rows }) => sum + rows.length, 0);
  const count = countSamples(run) + added;
  if (count > limits.referencesMax) {
    throw new Fault(
      'exhausted',
      `${count} reference samples are more than a run may hold, ${limits.referencesMax}; protect fewer`,
    );
  }
  const cosines = run.tasks.reduce((sum, { classes }, task) => {
    const waiting = run.references.unfitted[task]!.size;
    const coming = batch.tasks.find((taskBatch) => taskBatch.task === task)?.rows.length ?? 0;
    const isOpen = Number.isNaN(run.references.temperatures[task]);
    return isOpen ? sum + (waiting + coming) * classes.length : sum;
  }, 0);
  if (cosines <= limits.unfittedCosinesMax) return;
  throw new Fault(
    'exhausted',
    `fitting temperatures on ${cosines} cosines is more than a run may hold, ` +
      `${limits.unfittedCosinesMax}; record fewer samples before the last call`,
  );
}
