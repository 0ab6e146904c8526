import { toUri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { attacksImages, type PlanDraft } from '@holdfast/plan';
import {
  type BadImage,
  BadImagePolicy,
  type EncoderServiceClient,
  type LoadModelResponse,
  type PreparedTraining,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { HeadSettings, TrainableSettings } from '@holdfast/proto/holdfast/model/v1/model';

/** A model and samples to open in an encoder. */
export interface OpenEncoderRequest {
  readonly runId: string;
  /** Term of the lease of a run that trains. */
  readonly leaseTerm?: number | undefined;
  /** Its limits of the engine and its policy for bad images count. */
  readonly plan: PlanDraft;
  readonly modelPath: string;
  readonly samplesPath: string;
  readonly samplesSha256: string;
  readonly cachePath: string;
  /** Absent where the model has none. */
  readonly heads: HeadSettings | undefined;
  /** Absent where nothing trains: the encoder then holds what answering needs, and no more. */
  readonly training?: {
    readonly trainable: TrainableSettings;
    /** Images of a step. */
    readonly imageBatchSize: number;
  };
}

/** What an encoder says of an open model and its samples. */
export interface OpenedEncoder extends LoadModelResponse {
  /** Samples whose image could not be read. */
  readonly badImages: readonly BadImage[];
}

/** How opening is watched and stopped. */
export interface OpenEncoderOptions {
  readonly onProgress: (activity: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Loads a model into an encoder, prepares the images of its sample table and, where it is to train or is attacked, what that needs. */
export async function openEncoder(
  encoder: Pick<EncoderServiceClient, 'loadModel' | 'openSamples' | 'prepareTraining'>,
  request: OpenEncoderRequest,
  options: OpenEncoderOptions,
): Promise<OpenedEncoder> {
  const { runId, leaseTerm, plan, modelPath, heads, training } = request;
  const loaded = await encoder.loadModel(
    {
      runId,
      leaseTerm,
      modelUri: toUri(modelPath),
      heads,
      ...(training && { trainable: training.trainable }),
      imageChunkSize: plan.engine.imageChunk,
      textChunkSize: plan.engine.textChunk,
    },
    { signal: options.signal },
  );
  const badImages = await openSamples(encoder, request, options);
  const prepared =
    training !== undefined || attacksImages(plan)
      ? await prepareTraining(encoder, { runId, plan, ...training }, options)
      : undefined;
  return { ...loaded, ...prepared, badImages };
}

async function openSamples(
  encoder: Pick<EncoderServiceClient, 'openSamples'>,
  { runId, plan, samplesPath, samplesSha256, cachePath }: OpenEncoderRequest,
  { onProgress, signal }: OpenEncoderOptions,
): Promise<readonly BadImage[]> {
  const { BAD_IMAGE_POLICY_FAIL, BAD_IMAGE_POLICY_SKIP } = BadImagePolicy;
  const skips = plan.data.onBadImage === 'skip';
  const badImagePolicy = skips ? BAD_IMAGE_POLICY_SKIP : BAD_IMAGE_POLICY_FAIL;
  const samplesUri = toUri(samplesPath);
  const samples = { runId, samplesUri, samplesSha256, cachePath, badImagePolicy };
  for await (const { opened, ...images } of encoder.openSamples(samples, { signal })) {
    onProgress('preparing images', images.imagesPrepared, images.imagesTotal);
    if (opened !== undefined) return opened.badImages;
  }
  throw new Fault('internal', 'the encoder ended OpenSamples without saying what it opened');
}

async function prepareTraining(
  encoder: Pick<EncoderServiceClient, 'prepareTraining'>,
  settings: Pick<OpenEncoderRequest, 'runId' | 'plan'> & { readonly imageBatchSize?: number },
  { onProgress, signal }: OpenEncoderOptions,
): Promise<PreparedTraining> {
  const { runId, plan, imageBatchSize } = settings;
  const { activationBudgetMib } = plan.engine;
  const stream = encoder.prepareTraining(
    { runId, imageBatchSize, activationBudgetMib, pixelGradients: attacksImages(plan) },
    { signal },
  );
  for await (const { prepared, featuresComputed, imagesTotal } of stream) {
    if (imagesTotal > 0) onProgress('computing features', featuresComputed, imagesTotal);
    if (prepared !== undefined) return prepared;
  }
  throw new Fault('internal', 'the encoder ended PrepareTraining without saying what it prepared');
}
