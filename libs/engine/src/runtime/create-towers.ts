import type { ClipConfig, TowerConfig } from '@holdfast/clip';
import type { AdapterShape } from '../graphs/block-layers.js';
import type { Keeping } from '../graphs/build-piece-graphs.js';
import { createFinalBlock, type FinalShape, finalInputs } from '../graphs/final-block.js';
import { freezePiece } from '../graphs/freeze-piece.js';
import type { PieceDefinition } from '../graphs/piece-definition.js';
import type { ProjectionShape } from '../graphs/projection.js';
import { createTransformerBlock } from '../graphs/transformer-block.js';
import { createVisionEmbedding, createWayToPixels } from '../graphs/vision-embedding.js';
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
  /** Makes a piece, or finds the one that is there. */
  readonly findPiece: (definition: PieceDefinition, keeping: Keeping) => Piece;
  /** Rows that a session takes at once. */
  readonly rows: number;
  readonly adapter?: AdapterShape | undefined;
  /** Default `embeddings`; `features` are the pooled rows r before the projection. */
  readonly answers?: 'embeddings' | 'features';
  /** Of the vision tower: whether gradients go back to the pixels. */
  readonly pixelGradients?: boolean;
}

/** Makes the vision tower. */
export function createVisionTower(options: TowerOptions): Tower<ImageBatch> {
  const { config, store, arena, findPiece, rows, adapter, pixelGradients = false } = options;
  const { vision } = config;
  const prefix = 'vision_model';
  const tokens = (vision.imageSize / vision.patchSize) ** 2 + 1;
  const embedding = findPiece(
    freezePiece(createVisionEmbedding(vision, rows), {
      prefix: `${prefix}.`,
      trains: store.trains,
      ends: [],
    }),
    'activations',
  );
  const toPixels = pixelGradients
    ? findPiece(createWayToPixels(vision, rows), 'activations')
    : undefined;
  return createTower<ImageBatch>({
    store,
    arena,
    config: vision,
    rows,
    tokens,
    prefix,
    ...findPieces(options, prefix, {
      config: vision,
      block: createTransformerBlock(vision, { rows, tokens, causal: false, adapter }),
      final: {
        rows,
        tokens,
        masked: false,
        norm: 'vision_model.post_layernorm',
        adapter,
        block: `${prefix}.encoder.layers.${vision.layers - 1}.`,
        projection: projectImages(config),
      },
    }),
    embedsOnHost: false,
    createInput: (buffers) =>
      createVisionInput({ piece: embedding, toPixels, store, arena }, buffers),
  });
}

/** Makes the text tower, with the task-dependent heads that there are. */
export function createTextTower(options: TowerOptions): Tower<TextBatch> {
  const { config, store, arena, rows, adapter } = options;
  const { text } = config;
  const prefix = 'text_model';
  const tokens = text.contextLength;
  return createTower<TextBatch>({
    store,
    arena,
    config: text,
    rows,
    tokens,
    prefix,
    ...findPieces(options, prefix, {
      config: text,
      block: createTransformerBlock(text, { rows, tokens, causal: true, adapter }),
      final: {
        rows,
        tokens,
        masked: true,
        norm: 'text_model.final_layer_norm',
        adapter,
        block: `${prefix}.encoder.layers.${text.layers - 1}.`,
        projection: projectTexts(config, store),
      },
    }),
    embedsOnHost: true,
    createInput: (buffers) => createTextInput({ config: text, rows, store }, buffers),
  });
}

interface TowerPieces {
  readonly config: TowerConfig;
  readonly block: PieceDefinition;
  readonly final: FinalShape;
}

/** A tower's blocks, each with a way back to where something trains and no further. */
function findPieces(
  { store, findPiece, answers, pixelGradients = false }: TowerOptions,
  tower: string,
  { config, block, final }: TowerPieces,
) {
  const { trains, layout } = store;
  const trainsPart = (part: string) =>
    layout.entries.some(({ name }) => name.startsWith(`${tower}.${part}.`));
  const input = pixelGradients || trainsPart('embeddings');
  const below = { input, blocks: input || trainsPart('encoder') };
  const headEnds = trains('heads.A') ? [] : [finalInputs.A, finalInputs.B];
  const cut = (definition: PieceDefinition, prefix: string, passesOn: boolean) =>
    freezePiece(definition, {
      prefix,
      trains,
      ends: passesOn ? headEnds : [...headEnds, ...tokenInputs],
    });
  const prefix = `${tower}.encoder.layers.0.`;
  const shape = answers === 'features' ? { ...final, projection: undefined } : final;
  const passesOn = config.layers > 1 ? below.blocks : below.input;
  const findBlocks = (keeping: Keeping) => ({
    first: findPiece(cut(block, prefix, below.input), keeping),
    inner: findPiece(cut(block, prefix, below.blocks), keeping),
  });
  return {
    embeddingSize: shape.projection?.size ?? config.width,
    blocks: { activations: findBlocks('activations'), checkpoints: findBlocks('checkpoints') },
    final: findPiece(cut(createFinalBlock(config, shape), '', passesOn), 'activations'),
  };
}

/** Inputs by which a piece's tokens come in. */
const tokenInputs = [finalInputs.x, finalInputs.pooled];

/** The way from a pooled image to its embedding. */
export function projectImages({ projectionSize: size }: ClipConfig): ProjectionShape {
  return { name: 'visual_projection', size, rank: 0 };
}

/** The way from a pooled text to its embedding, with the task-dependent heads that there are. */
export function projectTexts(
  { projectionSize: size }: ClipConfig,
  { layout, frozen }: Pick<ParameterStore, 'layout' | 'frozen'>,
): ProjectionShape {
  const rank =
    [...layout.entries, ...frozen.layout.entries].find(({ name }) => name === 'heads.A')
      ?.shape[2] ?? 0;
  return { name: 'text_projection', size, rank };
}
