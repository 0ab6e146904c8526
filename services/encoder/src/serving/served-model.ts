import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { toName } from '@holdfast/artifacts';
import type { ClipDirectory } from '@holdfast/clip';
import type { Engine } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import { createPixelBuffers, type PixelBuffers } from '../images/pixel-buffers.js';
import { createStatistics, type ServedStatistics } from './served-statistics.js';

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
  readonly statistics: ServedStatistics;
}

const versionDigits = 12;

/** The version of weights for which nobody has a name. */
export function nameVersion({ sha256 }: Pick<ClipDirectory, 'sha256'>): string {
  return sha256.slice(0, versionDigits);
}

/**
 * Refuses a directory whose weights are those of a version, if it would answer otherwise all the same.
 *
 * @throws Fault `precondition` if its configuration, preprocessing or tokenizer is another.
 */
export function requireSame({ model, version, directory }: ServedModel, now: ClipDirectory): void {
  const isSame =
    now === directory ||
    (isDeepStrictEqual(now.config, directory.config) &&
      now.preprocessingSha256 === directory.preprocessingSha256 &&
      now.tokenizer.identify() === directory.tokenizer.identify());
  if (isSame) return;
  throw new Fault(
    'precondition',
    `version '${version}' of the model '${model}' is loaded with another configuration, preprocessing or tokenizer than ${toName(now.path)} has now; unload it first, or name another version`,
  );
}

/**
 * Loads a model to answer only: its weights are in the engine once, its heads as the directory has them.
 *
 * @param settings with a version
 * @throws Fault `aborted` if its files are replaced meanwhile.
 */
export async function loadServedModel(
  settings: ServedModelSettings,
  directory: ClipDirectory,
  engine: Engine,
): Promise<ServedModel> {
  const { path } = settings;
  const { heads, config } = directory;
  // No name of a run: those have no blank lines, and nobody guesses it.
  const runId = `served ${randomUUID()}`;
  const stored = heads && { count: heads.count, rank: heads.rank, seed: 0 };
  const opened = await engine.openModel({
    ...{ runId, path, scope: 'none' },
    ...(stored && { heads: stored }),
  });
  try {
    if (opened.sha256 !== directory.sha256) {
      throw new Fault('aborted', `the files of ${path} were replaced meanwhile: load them again`);
    }
    const { imageChunkSize } = await engine.prepareEncoding({ runId });
    const { imageSize, patchSize } = config.vision;
    return {
      ...settings,
      runId,
      directory,
      imageChunkSize,
      imageTokens: (imageSize / patchSize) ** 2 + 1,
      tokens: new Map(),
      classifiers: new Map(),
      pixels: createPixelBuffers(),
      statistics: createStatistics(),
    };
  } catch (error) {
    await engine.closeRun({ runId });
    throw error;
  }
}
