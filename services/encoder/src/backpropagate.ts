import {
  type BackpropagatedBatch,
  type Engine,
  parseArrayVersion,
  parseGradientArray,
  toReference,
} from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type {
  BackpropagateRequest,
  BackpropagateResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { DataType, type Tensor } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { toMatrix } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import { toBytes } from '@holdfast/tensor';
import {
  type EncoderRun,
  type RetainedBatch,
  type RunStore,
  requireTraining,
} from './encoder-run.js';
import { sumRows } from './unique-texts.js';

/** Pixels whose gradients one message answers: 48 MiB of float32. */
const pixelGradientsMax = 12 * 2 ** 20;

/** Takes the gradients of the retained batch's embeddings to an array and, where asked, to the pixels. */
export function createBackpropagate(store: RunStore, engine: Engine) {
  return async (request: BackpropagateRequest): Promise<BackpropagateResponse> => {
    const { runId, step, keepBatch } = request;
    const run = await store.get(runId);
    const weights = parseArrayVersion(request.parameters, 'parameters');
    const array = parseGradientArray(request.array, 'array');
    const { backpropagated: last } = run;
    if (run.retained === undefined && last?.step === step && last.array === array) {
      requireSame(weights, last.weights, request);
      return last.answer;
    }
    const retained = requireRetained(run, request);
    requireSame(weights, retained.weights, request);
    const { images, texts } = parseGradients(request, run, retained);
    const written = await engine.backpropagate({
      runId,
      step,
      array,
      keepBatch,
      pixelGradients: request.pixelGradients,
      // A copy: the engine takes the array away, the message belongs to the caller.
      ...(images && run.settings.trainable.scope !== 'heads' && { imageGradients: images.slice() }),
      ...(texts && {
        textGradients: sumRows(retained.texts, texts, run.directory.config.projectionSize),
      }),
    });
    const answer = describe(engine, run, written);
    if (!keepBatch) run.retained = undefined;
    run.backpropagated = { step, weights, array, answer };
    return answer;
  };
}

function describe(
  engine: Engine,
  { settings: { runId, trainable }, directory }: EncoderRun,
  written: BackpropagatedBatch,
): BackpropagateResponse {
  const { channels, imageSize } = directory.config.vision;
  const { pixelGradients: pixels } = written;
  const image = [channels, imageSize, imageSize];
  return {
    gradient: trainable.scope === 'none' ? undefined : toReference(engine, runId, written),
    pixelGradients: pixels && {
      dataType: DataType.DATA_TYPE_FLOAT32,
      shape: [pixels.length / (channels * imageSize ** 2), ...image],
      data: Buffer.from(toBytes(pixels)),
    },
  };
}

function requireRetained(run: EncoderRun, { runId, step }: BackpropagateRequest): RetainedBatch {
  if (run.retained?.step === step) return run.retained;
  const instead = run.retained === undefined ? 'none' : `that of step ${run.retained.step}`;
  throw new Fault(
    'not-retained',
    `run '${runId}' retains no batch of step ${step} (${instead}): repeat Encode with retain`,
  );
}

type Weights = RetainedBatch['weights'];

/** The caller must mean the weights that the batch was embedded with. */
function requireSame(asked: Weights, used: Weights, { runId, step }: BackpropagateRequest): void {
  if (asked.array === used.array && asked.version === used.version) return;
  throw new Fault(
    'not-retained',
    `run '${runId}' retains the batch of step ${step} of ${used.array} at version ${used.version}, not of ${asked.array} at ${asked.version}: repeat Encode with retain`,
  );
}

function parseGradients(request: BackpropagateRequest, run: EncoderRun, retained: RetainedBatch) {
  const violations = collectViolations('Backpropagate');
  const { projectionSize: size, vision } = run.directory.config;
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
  if (request.pixelGradients) {
    const imagesMax = Math.floor(pixelGradientsMax / (vision.channels * vision.imageSize ** 2));
    const given = images !== undefined && retained.images <= imagesMax;
    violations.require(
      given,
      'pixel_gradients',
      `needs image_gradients, of at most ${imagesMax} images of this model`,
    );
  }
  violations.throwIfAny();
  if (request.pixelGradients && !requireTraining(run).pixelGradients) {
    throw new Fault(
      'precondition',
      `run '${request.runId}' is not prepared for gradients of pixels: say pixel_gradients in PrepareTraining`,
    );
  }
  return { images, texts };
}
