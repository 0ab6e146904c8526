import { type Engine, parseArrayVersion, toReference } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type {
  BackpropagateRequest,
  BackpropagateResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import type { EncoderRun, RetainedBatch, RunStore } from './encoder-run.js';
import { sumRows } from './unique-texts.js';

/** Takes the gradients of the retained batch's embeddings to the array `gradient`. */
export function createBackpropagate(store: RunStore, engine: Engine) {
  return async (request: BackpropagateRequest): Promise<BackpropagateResponse> => {
    const { runId, step } = request;
    const run = await store.get(runId);
    const weights = parseArrayVersion(request.parameters, 'parameters');
    if (run.backpropagated?.step === step) {
      requireSame(weights, run.backpropagated.weights, request);
      return { gradient: run.backpropagated.gradient };
    }
    const retained = requireRetained(run, request);
    requireSame(weights, retained.weights, request);
    const { images, texts } = parseGradients(request, run, retained);
    const written = await engine.backpropagate({
      runId,
      step,
      // A copy: the engine takes the array away, the message belongs to the caller.
      ...(images && !run.imagesAreEmbeddings && { imageGradients: images.slice() }),
      ...(texts && {
        textGradients: sumRows(retained.texts, texts, run.directory.config.projectionSize),
      }),
    });
    const gradient = toReference(engine, runId, written);
    run.retained = undefined;
    run.backpropagated = { step, weights, gradient };
    return { gradient };
  };
}

function requireRetained(run: EncoderRun, { runId, step }: BackpropagateRequest): RetainedBatch {
  if (run.retained?.step === step) return run.retained;
  const instead = run.retained === undefined ? 'none' : `that of step ${run.retained.step}`;
  throw new Fault(
    'precondition',
    `run '${runId}' retains no batch of step ${step} (${instead}): repeat Encode with retain`,
  );
}

type Weights = RetainedBatch['weights'];

/** The caller must mean the weights that the batch was embedded with. */
function requireSame(asked: Weights, used: Weights, { runId, step }: BackpropagateRequest): void {
  if (asked.array === used.array && asked.version === used.version) return;
  throw new Fault(
    'precondition',
    `run '${runId}' retains the batch of step ${step} of ${used.array} at version ${used.version}, not of ${asked.array} at ${asked.version}: repeat Encode with retain`,
  );
}

function parseGradients(request: BackpropagateRequest, run: EncoderRun, retained: RetainedBatch) {
  const violations = collectViolations('Backpropagate');
  const size = run.directory.config.projectionSize;
  const parse = (tensor: Tensor | undefined, field: string, rows: number) => {
    if (tensor === undefined) return undefined;
    const matrix = violations.attempt(() => toMatrix(tensor, field));
    if (matrix === undefined) return undefined;
    const fits = matrix.rows === rows && matrix.columns === size;
    violations.require(
      fits,
      `${field}.shape`,
      `is [${matrix.rows}, ${matrix.columns}], the batch's is [${rows}, ${size}]`,
    );
    return matrix.data;
  };
  const images = parse(request.imageGradients, 'image_gradients', retained.images);
  const texts = parse(request.textGradients, 'text_gradients', retained.texts.rows.length);
  violations.throwIfAny();
  return { images, texts };
}
