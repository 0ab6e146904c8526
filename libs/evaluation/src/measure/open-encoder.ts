import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';
import {
  BadImagePolicy,
  type EncoderServiceClient,
  type OpenedRun,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TrainableSettings } from '@holdfast/proto/holdfast/model/v1/model';

/** A model and samples to open in an encoder. */
export interface OpenEncoderRequest {
  readonly runId: string;
  /** Its limits of the engine and its policy for bad images count. */
  readonly plan: PlanDraft;
  readonly modelPath: string;
  readonly samplesPath: string;
  readonly samplesSha256: string;
  readonly cachePath: string;
  /** Images of a training step; absent where nothing trains. */
  readonly imageBatchSize?: number;
  /** Absent where nothing trains. */
  readonly trainable?: TrainableSettings;
  readonly heads: { readonly count: number; readonly rank: number; readonly seed: number };
}

/** Opens a model in an encoder and prepares the images of its sample table. */
export async function openEncoder(
  encoder: Pick<EncoderServiceClient, 'openRun'>,
  { plan, ...request }: OpenEncoderRequest,
  options: {
    readonly onProgress: (activity: string, done: number, total: number) => void;
    readonly signal: AbortSignal;
  },
): Promise<OpenedRun> {
  const { engine, data } = plan;
  const { BAD_IMAGE_POLICY_FAIL, BAD_IMAGE_POLICY_SKIP } = BadImagePolicy;
  const stream = encoder.openRun(
    {
      ...request,
      activationBudgetMib: engine.activationBudgetMib ?? 0,
      imageChunkSize: engine.imageChunk ?? 0,
      textChunkSize: engine.textChunk ?? 0,
      badImagePolicy: data.onBadImage === 'skip' ? BAD_IMAGE_POLICY_SKIP : BAD_IMAGE_POLICY_FAIL,
    },
    { signal: options.signal },
  );
  for await (const { opened, imagesPrepared, featuresComputed, imagesTotal } of stream) {
    if (featuresComputed === 0) options.onProgress('preparing images', imagesPrepared, imagesTotal);
    else options.onProgress('computing features', featuresComputed, imagesTotal);
    if (opened !== undefined) return opened;
  }
  throw new Fault('internal', 'the encoder ended OpenRun without saying what it opened');
}
