import { type ArrayName, type Engine, resolveReference } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type { EncodeRequest, EncodeResponse } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { fromMatrix } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import type { EncoderRun, RunStore } from './encoder-run.js';
import { parseEncode } from './parse-encode.js';
import { type ImageRequest, prepareImages } from './prepare-images.js';
import { prepareTexts } from './prepare-texts.js';
import { expandRows } from './unique-texts.js';

/** Pixels that one call of the engine takes where nothing is retained. */
const pixelElementsMax = 2 ** 25;

interface EncodeContext {
  readonly engine: Engine;
  readonly run: EncoderRun;
  readonly runId: string;
  readonly step: number;
  readonly array: ArrayName;
}

/** Embeds a batch; equal texts are computed once. */
export function createEncode(store: RunStore, engine: Engine) {
  return async (request: EncodeRequest): Promise<EncodeResponse> => {
    const { runId, step, retain } = request;
    const run = await store.get(runId);
    const batch = parseEncode(request, run);
    const array = await resolveArray(engine, request);
    const context = { engine, run, runId, step, array };
    const texts = batch.texts && prepareTexts(run, batch.texts.unique);
    let images: Float32Array | undefined;
    if (batch.images && !retain) images = await encodeImagesInSlabs(context, batch.images);
    const whole = retain && batch.images;
    if (retain) {
      run.retained = undefined;
      run.backpropagated = undefined;
    }
    const encoded = await engine.encode({
      ...{ runId, step, array, retain },
      ...(whole && {
        images: prepareImages(run, whole, { start: 0, count: whole.samples.length }),
      }),
      ...(texts && { texts }),
    });
    if (encoded.pixels) run.pixelBuffers.giveBack(encoded.pixels);
    images ??= encoded.imageEmbeddings;
    if (retain) {
      run.retained = {
        step,
        images: batch.images?.samples.length ?? 0,
        texts: batch.texts ?? { rows: new Int32Array(), unique: [] },
      };
    }
    const size = run.directory.config.projectionSize;
    const answer = (data: Float32Array) => fromMatrix(createMatrix(data.length / size, size, data));
    return {
      imageEmbeddings: images && answer(images),
      textEmbeddings:
        batch.texts && answer(expandRows(batch.texts.rows, encoded.textEmbeddings!, size)),
      passes: encoded.passes ?? 0,
    };
  };
}

/** Which weights: those that train unless the request names others. */
async function resolveArray(engine: Engine, request: EncodeRequest): Promise<ArrayName> {
  const { parameters, runId } = request;
  if (parameters === undefined || parameters.name === '') return 'parameters';
  const named = await resolveReference(engine, parameters, 'parameters');
  if (named.runId === runId) return named.array;
  throw new Fault('invalid', `parameters.run_id is ${named.runId}, the run is ${runId}`, {
    violations: [{ field: 'parameters.run_id', description: `is not ${runId}` }],
  });
}

/** Pixels of a whole evaluation set would fill the memory: they pass by in slabs of whole chunks. */
async function encodeImagesInSlabs(
  { engine, run, runId, step, array }: EncodeContext,
  request: ImageRequest,
): Promise<Float32Array> {
  const { preprocessing, config } = run.directory;
  const imageElements = 3 * preprocessing.cropHeight * preprocessing.cropWidth;
  const chunk = run.imageChunkSize;
  const chunks = Math.max(1, Math.floor(pixelElementsMax / (imageElements * chunk)));
  const total = request.samples.length;
  const embeddings = new Float32Array(total * config.projectionSize);
  for (let start = 0; start < total; start += chunks * chunk) {
    const count = Math.min(chunks * chunk, total - start);
    const images = prepareImages(run, request, { start, count });
    const slab = await engine.encode({ runId, step, array, images, retain: false });
    embeddings.set(slab.imageEmbeddings!, start * config.projectionSize);
    if (slab.pixels) run.pixelBuffers.giveBack(slab.pixels);
  }
  return embeddings;
}
