import type { ClipConfig } from '@holdfast/clip';
import type { OpenModelRequest } from '../engine.js';
import { createArena } from '../memory/arena.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import type { FeatureBatch, ImageBatch, TextBatch } from '../runtime/batch.js';
import { createGroupedTower } from '../runtime/create-grouped-tower.js';
import { createFinishedTower, createProjectionTower } from '../runtime/create-projection-tower.js';
import {
  createTextTower,
  createVisionTower,
  projectImages,
  projectTexts,
  type TowerOptions,
} from '../runtime/create-towers.js';
import type { Tower } from '../runtime/tower.js';
import type { PieceCache } from './piece-cache.js';

/** The towers of a run, for one pair of chunk sizes. */
export interface RunTowers {
  readonly images: Tower<ImageBatch | FeatureBatch>;
  readonly texts: Tower<TextBatch | FeatureBatch>;
  /** What gives the features that `images` and `texts` take; absent where they take pixels and tokens. */
  readonly trunks?: { readonly images: Tower<ImageBatch>; readonly texts: Tower<TextBatch> };
}

/** Rows that a projection takes at once: its weights are read, and their gradient added to, once for all of them. */
const projectedRows = { images: 128, texts: 64 };

/** A loaded model. */
export interface TowerModel {
  readonly config: ClipConfig;
  readonly store: ParameterStore;
  readonly request: Pick<OpenModelRequest, 'scope' | 'adapters'>;
}

/** How a run's towers are made. */
export interface RunTowerOptions {
  readonly imageChunkSize: number;
  /** Texts of a length that a session takes at once. */
  readonly textRowsOf: (length: number) => number;
  readonly findPiece: PieceCache;
  /** Whether gradients go back to the pixels. */
  readonly pixelGradients: boolean;
}

/** Makes a run's towers: whole, or cut where the frozen part ends. Their buffers are freed with them. */
export function createRunTowers(
  { config, store, request }: TowerModel,
  { imageChunkSize, textRowsOf, findPiece, pixelGradients }: RunTowerOptions,
): RunTowers {
  const { scope = 'full', adapters: adapter } = request;
  const shared = { store, arena: createArena(), findPiece };
  const images = { ...shared, config, rows: imageChunkSize };
  const createTexts = (options: Pick<TowerOptions, 'adapter' | 'answers'>) =>
    createGroupedTower(config.text, (contextLength) =>
      createTextTower({
        ...shared,
        ...options,
        rows: textRowsOf(contextLength),
        config: { ...config, text: { ...config.text, contextLength } },
      }),
    );
  if (scope !== 'projections' && scope !== 'heads') {
    return {
      images: createVisionTower({ ...images, adapter, pixelGradients }),
      texts: createTexts({ adapter }),
    };
  }
  const trainsImages = scope === 'projections';
  return {
    images: trainsImages
      ? createProjectionTower(
          { ...shared, rows: projectedRows.images },
          { width: config.vision.width, projection: projectImages(config) },
        )
      : createFinishedTower(config.projectionSize),
    texts: createProjectionTower(
      { ...shared, rows: projectedRows.texts },
      { width: config.text.width, projection: projectTexts(config, store) },
    ),
    trunks: {
      images: createVisionTower({
        ...images,
        answers: trainsImages ? 'features' : 'embeddings',
      }),
      texts: createTexts({ answers: 'features' }),
    },
  };
}
