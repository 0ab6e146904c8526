import {
  type ClipConfig,
  createParameterLayout,
  initializeHeads,
  openClipDirectory,
  readClipParameters,
} from '@holdfast/clip';
import type { OpenedModel, OpenModelRequest } from '../engine.js';
import { type Arena, createArena } from '../memory/arena.js';
import type { ArrayName } from '../memory/array-name.js';
import { copyArray } from '../memory/array-operations.js';
import { createParameterStore, type ParameterStore } from '../memory/parameter-store.js';
import type { ImageBatch, TextBatch } from '../runtime/batch.js';
import type { Passes, Tower } from '../runtime/tower.js';

/** A batch that waits for its gradients. */
export interface RetainedBatch {
  readonly step: number;
  readonly array: ArrayName;
  readonly passes: Passes;
  readonly images?: ImageBatch;
  readonly texts?: TextBatch;
}

/** The towers of a run, for one pair of chunk sizes. */
export interface RunTowers {
  readonly images: Tower<ImageBatch>;
  readonly texts: Tower<TextBatch>;
  readonly activationBudgetBytes: number;
}

/** What the engine holds of a run. */
export interface EngineRun {
  readonly request: OpenModelRequest;
  readonly config: ClipConfig;
  readonly opened: OpenedModel;
  readonly store: ParameterStore;
  readonly arena: Arena;
  users: number;
  towers?: RunTowers;
  retained?: RetainedBatch | undefined;
}

/** Loads a model's weights into the arrays `parameters` and `reference` of a run of its own. */
export async function openRun(request: OpenModelRequest): Promise<EngineRun> {
  const directory = await openClipDirectory(request.path);
  const { config, sha256 } = directory;
  const layout = createParameterLayout(config, request.heads);
  const store = createParameterStore(layout);
  const only = store.banks.length === 1 ? store.banks[0]!.view('parameters') : undefined;
  const flat = only ?? new Float32Array(layout.length);
  await readClipParameters(directory, layout, flat);
  if (request.heads !== undefined && !directory.hasHeads) {
    initializeHeads(layout, flat, request.heads.seed);
  }
  if (only === undefined) store.write('parameters', 0, flat);
  store.touch('parameters');
  copyArray(store, 'parameters', 'reference');
  return {
    request,
    config,
    store,
    arena: createArena(),
    users: 0,
    opened: {
      parameterCount: layout.count,
      arrayLength: layout.length,
      embeddingSize: config.projectionSize,
      sha256,
    },
  };
}
