import { type EmbedSettings, hashDistanceMax } from '@holdfast/curation';
import type { MeasureOptions } from '@holdfast/evaluation';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCountOrNone, parseFraction } from '../parse-option.js';
import { createProviderOption } from '../provider-option.js';
import type { Terminal } from '../terminal/terminal.js';
import { createEmbedding, type EmbeddingOptions } from './with-embedding.js';

/** How near duplicates are found. */
export interface NearOptions extends EmbeddingOptions {
  readonly near: number;
  readonly nearDistance: number;
}

function parseDistance(text: string): number {
  const bits = parseCountOrNone(text);
  if (bits <= hashDistanceMax) return bits;
  throw new InvalidArgumentError(`Write a whole number of at most ${hashDistanceMax}.`);
}

/** Adds the options that say how near duplicates are found. */
export function addNearOptions(command: Command): Command {
  return command
    .option(
      '--model <folder>',
      'CLIP directory that near duplicates are compared by (default: perceptual hashes)',
    )
    .option(
      '--near <cosine>',
      'from which cosine on two images are near duplicates; with --model',
      parseFraction,
      0.95,
    )
    .addOption(
      new Option(
        '--near-distance <bits>',
        `how many of the 64 bits of perceptual hashes may differ, 0 to ${hashDistanceMax}`,
      )
        .argParser(parseDistance)
        .default(hashDistanceMax)
        .conflicts('model'),
    )
    .addOption(createProviderOption());
}

/** Embeds images for a comparison; undefined where no model is named. */
export function readNearOptions(
  { model, near, executionProvider }: NearOptions,
  terminal: Terminal,
  how: MeasureOptions,
): EmbedSettings | undefined {
  if (model === undefined) return undefined;
  const embed = createEmbedding({ model, executionProvider }, terminal, how);
  return {
    similarityMin: near,
    embed: async (samples) => {
      const { images, badImages } = await embed(samples);
      return { matrix: images, badImages };
    },
  };
}
