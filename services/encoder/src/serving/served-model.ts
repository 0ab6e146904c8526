import { randomUUID } from 'node:crypto';
import { type ClipDirectory, openClipDirectory } from '@holdfast/clip';
import type { Engine } from '@holdfast/engine';
import { createPixelBuffers, type PixelBuffers } from '../images/pixel-buffers.js';

/** A class and the texts that stand for it. */
export interface ServedClass {
  readonly name: string;
  readonly prompts: readonly string[];
}

/** Which version of a model, and what it is. */
export interface ServedModelSettings {
  readonly model: string;
  /** Empty: from the weights' hash. */
  readonly version: string;
  /** Real path. */
  readonly path: string;
  /** As it was asked for. */
  readonly uri: string;
  readonly classes: readonly ServedClass[];
}

/** A version of a model that answers. */
export interface ServedModel extends ServedModelSettings {
  /** Its name in the engine. */
  readonly runId: string;
  readonly directory: ClipDirectory;
  /** Images that a session takes at once. */
  readonly imageChunkSize: number;
  /** What an image costs: its patches and the class token. */
  readonly imageTokens: number;
  readonly tokens: Map<string, Int32Array>;
  /** Rows of classes, by name and prompts. */
  readonly classifiers: Map<string, Float32Array>;
  readonly pixels: PixelBuffers;
}

const versionDigits = 12;

/** Loads a model to answer only: its weights are in the engine once, its heads as the directory has them. */
export async function loadServedModel(
  settings: ServedModelSettings,
  engine: Engine,
): Promise<ServedModel> {
  const { path } = settings;
  const directory = await openClipDirectory(path);
  const { heads, config } = directory;
  // No name of a run: those have no blank lines, and nobody guesses it.
  const runId = `served ${randomUUID()}`;
  const stored = heads && { count: heads.count, rank: heads.rank, seed: 0 };
  await engine.openModel({ runId, path, scope: 'none', ...(stored && { heads: stored }) });
  try {
    const { imageChunkSize } = await engine.prepareEncoding({ runId });
    const { imageSize, patchSize } = config.vision;
    return {
      ...settings,
      version: settings.version || directory.sha256.slice(0, versionDigits),
      runId,
      directory,
      imageChunkSize,
      imageTokens: (imageSize / patchSize) ** 2 + 1,
      tokens: new Map(),
      classifiers: new Map(),
      pixels: createPixelBuffers(),
    };
  } catch (error) {
    await engine.closeRun({ runId });
    throw error;
  }
}
