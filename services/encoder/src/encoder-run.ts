import type { ClipDirectory } from '@holdfast/clip';
import type { PreparedImages, SampleTable } from '@holdfast/dataset';
import type { ImageBatch } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import type {
  BackpropagateResponse,
  LoadModelResponse,
  OpenSamplesResponse,
  PreparedTraining,
  PrepareTrainingResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { RunStore as Store } from '@holdfast/run-kit';
import type { EncodeBatch } from './encode-batch.js';
import type { RunImages } from './images/run-images.js';
import type { OpenedOnce } from './opened-once.js';
import type { LoadModelSettings } from './parse-load-model.js';
import type { TextRows } from './unique-texts.js';

/** What Backpropagate needs of the batch that the engine retains. */
export interface RetainedBatch {
  readonly step: number;
  readonly weights: EncodeBatch['weights'];
  readonly images: number;
  readonly texts: TextRows;
}

/** The images of a run's sample table. */
export interface RunSamples {
  readonly table: SampleTable;
  readonly prepared: PreparedImages;
  /** Indices of those that could not be read. */
  readonly unusable: ReadonlySet<number>;
  readonly pixels: RunImages<ImageBatch>;
  /** Where what is made of them is kept, too. */
  readonly cachePath: string | undefined;
}

/** What stands in for pixels and tokens where the towers do not train. */
export interface RunFeatures {
  readonly images: RunImages;
  /** Of the texts met up to here. */
  readonly texts: Map<string, Float32Array>;
}

/** What a run needs to train. */
export interface RunTraining {
  readonly prepared: PreparedTraining;
  readonly pixelGradients: boolean;
  /** Absent where the towers train. */
  readonly features: RunFeatures | undefined;
}

/** What this service holds of a loaded model. */
export interface EncoderRun {
  readonly settings: LoadModelSettings;
  readonly directory: ClipDirectory;
  readonly loaded: LoadModelResponse;
  readonly tokens: Map<string, Int32Array>;
  readonly samples: OpenedOnce<RunSamples, OpenSamplesResponse>;
  readonly training: OpenedOnce<RunTraining, PrepareTrainingResponse>;
  retained?: RetainedBatch | undefined;
  /** Ends with the last attack that was asked for. */
  attacked?: Promise<unknown>;
  /** The last answer of Backpropagate, and to which request. */
  backpropagated?:
    | {
        readonly step: number;
        readonly weights: RetainedBatch['weights'];
        readonly array: string;
        readonly answer: BackpropagateResponse;
      }
    | undefined;
}

/** The runs of this service. */
export type RunStore = Store<EncoderRun>;

/** Whether features stand in for pixels and tokens. */
export function takesFeatures({ settings: { trainable } }: EncoderRun): boolean {
  return trainable.scope === 'projections' || trainable.scope === 'heads';
}

/** @throws Fault `precondition` before OpenSamples. */
export function requireSamples({ samples, settings: { runId } }: EncoderRun): RunSamples {
  if (samples.value !== undefined) return samples.value;
  throw new Fault('precondition', `run '${runId}' has no samples: call OpenSamples first`);
}

/** @throws Fault `precondition` before PrepareTraining. */
export function requireTraining({ training, settings: { runId } }: EncoderRun): RunTraining {
  if (training.value !== undefined) return training.value;
  throw new Fault(
    'precondition',
    `run '${runId}' is not prepared for training: call PrepareTraining first`,
  );
}

/** The features of a run; undefined where pixels and tokens are taken. */
export function findFeatures(run: EncoderRun): RunFeatures | undefined {
  return takesFeatures(run) ? requireTraining(run).features : undefined;
}

/** What an Encode reads its images from. */
export function findImages(run: EncoderRun): RunImages {
  return findFeatures(run)?.images ?? requireSamples(run).pixels;
}
