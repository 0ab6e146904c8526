import type {
  EmbedRequest,
  EmbedResponse,
  Timings,
} from '@holdfast/proto/holdfast/serving/v1/serving';
import { fromMatrix } from '@holdfast/run-kit';
import { collectViolations, toDuration } from '@holdfast/service-kit';
import { createMatrix } from '@holdfast/tensor';
import type { ImagePool } from '../images/create-image-pool.js';
import type { AskedVersion } from './asked-version.js';
import type { BatchQueue, RequestLoad, RequestQueue } from './batch-queue.js';
import type { ModelRegistry } from './model-registry.js';
import { type ImageInput, parseImages } from './parse-images.js';
import { parseTexts, type TextInput } from './parse-texts.js';
import { prepareImageRows, prepareTextRows } from './prepare-rows.js';
import type { EmbeddedJob } from './served-job.js';
import type { ServedModel } from './served-model.js';
import { countRequest } from './served-statistics.js';
import { type AskShadow, compareEmbeddings } from './shadow.js';

/** What answering needs. */
export interface ServingContext {
  readonly registry: ModelRegistry;
  readonly queue: BatchQueue;
  readonly imagePool: ImagePool;
  readonly roots: readonly string[];
}

/** What to embed, checked. */
export interface EmbedInput {
  readonly images: ImageInput | undefined;
  readonly texts: TextInput | undefined;
}

/** Answers a request until its caller leaves. */
export type Embed = (
  request: EmbedRequest,
  context: { readonly signal: AbortSignal },
) => Promise<EmbedResponse>;

/** Embeddings, and where the time went. */
export interface Embedded extends EmbeddedJob {
  readonly preparedMs: number;
}

/**
 * Embeds what one request has; the version is not freed meanwhile. A request for which there is no room is refused before
 * anything else is done with it. The shadow of an alias is asked afterwards.
 */
export function createEmbed(context: ServingContext, askShadow: AskShadow): Embed {
  const ask = async (
    request: EmbedRequest,
    { served, signal, queue }: AskedVersion,
  ): Promise<Embedded & { readonly size: number }> => {
    const parse = () => parseEmbed(request, served, context.roots);
    const embedded = await context.registry.use(served, () =>
      queue.admit(weighRequest(request, served), () =>
        embedInput({ ...context, queue }, { served, signal, parse }),
      ),
    );
    return { ...embedded, size: served.directory.config.projectionSize };
  };
  return async (request, { signal }) => {
    const { served, alias } = context.registry.resolve(request.model, request.version);
    const embedded = await ask(request, { served, signal, queue: context.queue });
    if (alias?.shadow) {
      askShadow(alias, {
        images: embedded.images.length / embedded.size,
        ask: (shadow) => ask(request, shadow),
        compare: (beside, observer) =>
          compareEmbeddings(embedded, beside, (kind, cosine) =>
            observer.onCosine(alias.alias, kind, cosine),
          ),
      });
    }
    const { size } = embedded;
    const answer = (data: Float32Array) =>
      data.length === 0 ? undefined : fromMatrix(createMatrix(data.length / size, size, data));
    return {
      model: served.model,
      version: served.version,
      imageEmbeddings: answer(embedded.images),
      textEmbeddings: answer(embedded.texts),
      timings: describeTimings(embedded),
    };
  };
}

/** A request that is taken on. */
interface EmbedWork {
  readonly served: ServedModel;
  readonly signal: AbortSignal;
  /** Checks it. */
  readonly parse: () => Promise<EmbedInput> | EmbedInput;
}

/** Checks and prepares a request that is taken on, and has it embedded. */
export async function embedInput(
  { queue, imagePool }: { readonly queue: RequestQueue; readonly imagePool: ImagePool },
  { served, signal, parse }: EmbedWork,
): Promise<Embedded> {
  return countRequest(served.statistics, async () => {
    const fromMs = performance.now();
    const { images, texts } = await parse();
    const textRows = texts && prepareTextRows(texts, served);
    const imageRows = images && (await prepareImageRows(images, served, imagePool));
    const preparedMs = performance.now() - fromMs;
    const job = { served, images: imageRows, texts: textRows, signal };
    const rows = (images?.count ?? 0) + (texts?.count ?? 0);
    return { rows, embedded: { ...(await queue.embed(job)), preparedMs } };
  });
}

/** What a request takes, before it is read closely. */
export function weighRequest(
  { images, pixelValues, texts, tokenIds }: Omit<EmbedRequest, 'model' | 'version'>,
  { imageTokens, directory }: ServedModel,
): RequestLoad {
  const imageCount = images.length + (pixelValues?.shape[0] ?? 0);
  const textCount = (texts?.texts.length ?? 0) + tokenIds.length;
  const sizes = images.map(({ source }) =>
    source?.$case === 'data' ? source.value.byteLength : 0,
  );
  return {
    tokens: imageCount * imageTokens + textCount * directory.config.text.contextLength,
    bytes: sizes.reduce((sum, size) => sum + size, pixelValues?.data.byteLength ?? 0),
  };
}

/** Where the time went, as a message. */
export function describeTimings({ preparedMs, waitedMs, computedMs }: Embedded): Timings {
  return {
    preparing: toDuration(preparedMs),
    waiting: toDuration(waitedMs),
    computing: toDuration(computedMs),
  };
}

/** What a request is to embed. @throws Fault `invalid` that names every field that is wrong. */
export async function parseEmbed(
  request: EmbedRequest,
  { directory }: ServedModel,
  roots: readonly string[],
): Promise<EmbedInput> {
  const violations = collectViolations('Embed');
  const context = { directory, roots, violations };
  const images = await parseImages(request.images, request.pixelValues, context);
  const texts = parseTexts(request.texts, request.tokenIds, context);
  violations.throwIfAny();
  const isSomething = images !== undefined || texts !== undefined;
  violations.require(isSomething, '', 'there is neither an image nor a text');
  violations.throwIfAny();
  return { images, texts };
}
