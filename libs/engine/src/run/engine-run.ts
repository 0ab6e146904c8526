import {
  type ClipConfig,
  initializeAdapters,
  initializeHeads,
  openClipDirectory,
  partitionParameters,
  readClipParameters,
} from '@holdfast/clip';
import type { OpenedModel, OpenModelRequest } from '../engine.js';
import type { ArrayName } from '../memory/array-name.js';
import { copyArray } from '../memory/array-operations.js';
import type { KeptGradients } from '../memory/kept-gradients.js';
import { createParameterStore, type ParameterStore } from '../memory/parameter-store.js';
import type { FeatureBatch, ImageBatch, TextBatch } from '../runtime/batch.js';
import type { Passing } from '../runtime/passing.js';
import type { RunTowers } from './run-towers.js';

/** A batch that waits for its gradients. */
export interface RetainedBatch {
  readonly step: number;
  readonly array: ArrayName;
  /** What the weights stood for, where that is known. */
  readonly version: number | undefined;
  /** Writes to the weights up to the batch. */
  readonly writes: number;
  readonly passing: Passing;
  readonly images?: ImageBatch | FeatureBatch;
  readonly texts?: TextBatch | FeatureBatch;
}

/** A run's towers, and the memory that batches may keep. */
export interface PreparedTowers extends RunTowers {
  readonly activationBudgetBytes: number;
  /** Whether the way back goes on to the pixels where that is asked for. */
  readonly pixelGradients: boolean;
  /** Whether what is kept costs more than computing it again. */
  readonly prefersCheckpoints: boolean;
}

/** What the engine holds of a run. */
export interface EngineRun {
  readonly request: OpenModelRequest;
  readonly config: ClipConfig;
  readonly opened: OpenedModel;
  readonly store: ParameterStore;
  users: number;
  towers?: PreparedTowers;
  retained?: RetainedBatch | undefined;
  /** Gradients beside the arrays; absent where none were reserved. */
  kept?: KeptGradients | undefined;
}

/** Loads a model's weights into the arrays `parameters` and `reference` of a run of its own. */
export async function loadEngineRun(request: OpenModelRequest): Promise<EngineRun> {
  const directory = await openClipDirectory(request.path);
  const { config, sha256 } = directory;
  const { trainable: layout, frozen } = partitionParameters(config, request);
  const store = createParameterStore(layout, { frozen });
  const only = store.banks.length === 1 ? store.banks[0]!.view('parameters') : undefined;
  const flat = only ?? new Float32Array(layout.length);
  await readClipParameters(directory, layout, flat);
  await readClipParameters(directory, frozen, store.frozen.data);
  if (request.heads !== undefined && !directory.hasHeads) {
    initializeHeads(layout, flat, request.heads.seed);
    initializeHeads(frozen, store.frozen.data, request.heads.seed);
  }
  if (request.adapters !== undefined) initializeAdapters(layout, flat, request.adapters.seed);
  if (only === undefined) store.write('parameters', 0, flat);
  store.touch('parameters');
  store.setVersion('parameters', 0);
  copyArray(store, 'parameters', 'reference');
  return {
    request,
    config,
    store,
    users: 0,
    opened: {
      parameterCount: layout.count,
      arrayLength: layout.length,
      embeddingSize: config.projectionSize,
      sha256,
    },
  };
}
