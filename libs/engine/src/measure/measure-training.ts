import { type ClipConfig, createParameterLayout } from '@holdfast/clip';
import { createArena } from '../memory/arena.js';
import { applyAdamw, zeroArray } from '../memory/array-operations.js';
import { createParameterStore } from '../memory/parameter-store.js';
import { createPieceCache } from '../run/piece-cache.js';
import { createVisionTower } from '../runtime/create-towers.js';
import { createGraphLoader } from '../runtime/load-graph.js';
import { countRuns } from './count-products.js';
import { fillEvenly } from './fill-evenly.js';
import type { MeasureOptions } from './measure-products.js';
import { repeatFor } from './repeat-for.js';

/** What a training step of the built-in model takes. */
export interface TrainingRate {
  /** The model, for a person. */
  readonly model: string;
  readonly imagesPerSecond: number;
  /** In matrix products, over the whole step's time. */
  readonly operationsPerSecond: number;
}

/** Two layers as wide as ViT-B/16's, and as many patches. Nothing reads the text tower. */
const config: ClipConfig = {
  projectionSize: 512,
  vision: {
    width: 768,
    heads: 12,
    layers: 2,
    mlpWidth: 3072,
    layerNormEpsilon: 1e-5,
    imageSize: 224,
    patchSize: 16,
    channels: 3,
    activation: 'quick_gelu',
  },
  text: {
    width: 8,
    heads: 1,
    layers: 1,
    mlpWidth: 8,
    layerNormEpsilon: 1e-5,
    contextLength: 8,
    vocabularySize: 8,
    eosTokenId: 7,
    bosTokenId: 6,
    padTokenId: 7,
    activation: 'quick_gelu',
    eotPooling: 'first-eos',
  },
};

const imageCount = 2;

/**
 * Measures a training step of the engine on the processor, on this thread: two images forward and back
 * through a vision tower with random weights, and AdamW.
 */
export async function measureTraining({ threads, seconds }: MeasureOptions): Promise<TrainingRate> {
  const counted = countRuns(createGraphLoader({ executionProvider: 'cpu', threads }).load);
  const findPiece = createPieceCache(counted.load);
  const store = createParameterStore(createParameterLayout(config));
  for (const { view } of store.banks) fillEvenly(view('parameters'), 0.05);
  store.touch('parameters');
  const arena = createArena();
  const tower = createVisionTower({ config, store, arena, findPiece, rows: imageCount });
  const { imageSize, channels } = config.vision;
  const pixels = new Float32Array(imageCount * channels * imageSize ** 2);
  fillEvenly(pixels, 1);
  const batch = { count: imageCount, pixels };
  const gradients = new Float32Array(imageCount * tower.embeddingSize).fill(0.01);
  const keeping = 'activations' as const;
  let step = 0;
  const train = async () => {
    step += 1;
    zeroArray(store, 'gradient');
    await tower.encodeKeeping('parameters', batch, keeping);
    const passing = { passes: 1, keeping } as const;
    await tower.backward({ array: 'parameters', batch, gradients, target: 'gradient', passing });
    applyAdamw(store, {
      step,
      learningRate: 1e-5,
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.98,
      epsilon: 1e-8,
      gradientScale: 1,
    });
  };
  const fastest = await repeatFor(seconds, train, counted.take);
  return {
    model: `${config.vision.layers} layers of ViT-B/16's size, ${imageCount} images a step`,
    imagesPerSecond: imageCount / fastest,
    operationsPerSecond: counted.take() / fastest,
  };
}
