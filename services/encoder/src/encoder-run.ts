import type { ClipDirectory } from '@holdfast/clip';
import type { PreparedImages } from '@holdfast/dataset';
import { Fault, runsEndMs } from '@holdfast/fault';
import type { OpenedRun } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TensorReference } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { RunImages } from './images/run-images.js';
import type { TextRows } from './unique-texts.js';

/** What Backpropagate needs of the batch that the engine retains. */
export interface RetainedBatch {
  readonly step: number;
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
  backpropagated?: { readonly step: number; readonly gradient: TensorReference } | undefined;
}

/** A run that is open, or being opened. */
export interface RunEntry {
  readonly fingerprint: string;
  readonly opening: Promise<EncoderRun>;
}

/** The runs of a service. */
export interface RunStore {
  find(runId: string): RunEntry | undefined;
  /** @throws Fault `exhausted` if the service holds as many runs as it may. */
  add(runId: string, entry: RunEntry): void;
  remove(runId: string): void;
  /** @throws Fault `not-found` if there is no such run. */
  get(runId: string): Promise<EncoderRun>;
}

/** Makes a store of at most `runsMax` runs. */
export function createRunStore(runsMax: number): RunStore {
  const runs = new Map<string, RunEntry>();
  return {
    find: (runId) => runs.get(runId),
    add(runId, entry) {
      if (runs.size >= runsMax) {
        throw new Fault('exhausted', `${runsMax} runs are open already; close one first`, {
          retryAfterMs: runsEndMs,
        });
      }
      runs.set(runId, entry);
    },
    remove: (runId) => runs.delete(runId),
    async get(runId) {
      const entry = runs.get(runId);
      if (entry === undefined) throw new Fault('not-found', `run '${runId}' is not open`);
      return entry.opening;
    },
  };
}
