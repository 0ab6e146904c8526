import type { ClipConfig, ParameterLayout } from '@holdfast/clip';
import { createFinalBlock } from '../graphs/final-block.js';
import type { PieceDefinition } from '../graphs/piece.js';
import { createTransformerBlock } from '../graphs/transformer-block.js';
import { createVisionEmbedding } from '../graphs/vision-embedding.js';
import type { Arena } from '../memory/arena.js';
import type { ParameterStore } from '../memory/parameter-store.js';
import type { ImageBatch, TextBatch } from './batch.js';
import type { Piece } from './piece.js';
import { createTextInput } from './text-input.js';
import { createTower, type Tower } from './tower.js';
import { createVisionInput } from './vision-input.js';

/** What a run's towers are made of. */
export interface TowerOptions {
  readonly config: ClipConfig;
  readonly store: ParameterStore;
  readonly arena: Arena;
  /** Loads a piece, or finds the loaded one. */
  readonly loadPiece: (definition: PieceDefinition) => Promise<Piece>;
  /** Rows that a session takes at once. */
  readonly rows: number;
}

/** Makes the vision tower. */
export async function createVisionTower(options: TowerOptions): Promise<Tower<ImageBatch>> {
  const { config, store, arena, loadPiece, rows } = options;
  const { vision, projectionSize } = config;
  const tokens = (vision.imageSize / vision.patchSize) ** 2 + 1;
  const embedding = await loadPiece(createVisionEmbedding(vision, rows));
  return createTower<ImageBatch>({
    store,
    arena,
    config: vision,
    rows,
    tokens,
    embeddingSize: projectionSize,
    prefix: 'vision_model',
    block: await loadPiece(createTransformerBlock(vision, { rows, tokens, causal: false })),
    final: await loadPiece(
      createFinalBlock(vision, {
        ...{ rows, tokens, projectionSize, rank: 0, masked: false },
        block: `vision_model.encoder.layers.${vision.layers - 1}.`,
        norm: 'vision_model.post_layernorm',
        projection: 'visual_projection',
      }),
    ),
    createInput: (buffers) => createVisionInput({ piece: embedding, store, arena }, buffers),
  });
}

/** Makes the text tower, with the layout's task-dependent heads. */
export async function createTextTower(options: TowerOptions): Promise<Tower<TextBatch>> {
  const { config, store, arena, loadPiece, rows } = options;
  const { text, projectionSize } = config;
  const tokens = text.contextLength;
  return createTower<TextBatch>({
    store,
    arena,
    config: text,
    rows,
    tokens,
    embeddingSize: projectionSize,
    prefix: 'text_model',
    block: await loadPiece(createTransformerBlock(text, { rows, tokens, causal: true })),
    final: await loadPiece(
      createFinalBlock(text, {
        ...{ rows, tokens, projectionSize, rank: findRank(store.layout), masked: true },
        block: `text_model.encoder.layers.${text.layers - 1}.`,
        norm: 'text_model.final_layer_norm',
        projection: 'text_projection',
      }),
    ),
    createInput: (buffers) => createTextInput({ config: text, rows, store }, buffers),
  });
}

/** Rank of the layout's heads; 0 without heads. */
function findRank(layout: ParameterLayout): number {
  return layout.entries.find(({ name }) => name === 'heads.A')?.shape[2] ?? 0;
}
