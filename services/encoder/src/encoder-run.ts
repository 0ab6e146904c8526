import type { ClipDirectory } from '@holdfast/clip';
import type { PreparedImages } from '@holdfast/dataset';
import type { OpenedRun } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { RunStore as Store } from '@holdfast/run-kit';
import type { EncodeBatch } from './encode-batch.js';
import type { RunImages } from './images/run-images.js';
import type { TextRows } from './unique-texts.js';

/** What Backpropagate needs of the batch that the engine retains. */
export interface RetainedBatch {
  readonly step: number;
  readonly weights: EncodeBatch['weights'];
  readonly images: number;
  readonly texts: TextRows;
}

/** What this service holds of an open run. */
export interface EncoderRun {
  readonly directory: ClipDirectory;
  /** Rows of the sample table. */
  readonly sampleCount: number;
  readonly unusable: ReadonlySet<number>;
  readonly prepared: PreparedImages;
  readonly headCount: number;
  readonly imageChunkSize: number;
  readonly opened: OpenedRun;
  readonly tokens: Map<string, Int32Array>;
  readonly images: RunImages;
  /** Whether `images` gives embeddings: nothing of the vision tower trains. */
  readonly imagesAreEmbeddings: boolean;
  /** Features of the texts met up to here, where they stand in for tokens: the towers do not train. */
  readonly textFeatures?: Map<string, Float32Array> | undefined;
  retained?: RetainedBatch | undefined;
  backpropagated?:
    | {
        readonly step: number;
        readonly weights: RetainedBatch['weights'];
        readonly gradient: TensorReference;
      }
    | undefined;
}

/** The runs of this service. */
export type RunStore = Store<EncoderRun>;
