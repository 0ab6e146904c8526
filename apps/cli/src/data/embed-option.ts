import { type EmbedSettings, hashDistanceMax } from '@holdfast/curation';
import type { MeasureOptions } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCountOrNone, parseFraction } from '../parse-option.js';
import { createProviderOption } from '../provider-option.js';
import type { Terminal } from '../terminal/terminal.js';
import { createEmbedding, type EmbeddingOptions } from './with-embedding.js';

/** The cosine from which two images are near duplicates. */
const nearDefault = 0.95;

/** How near duplicates are found. */
export interface NearOptions extends EmbeddingOptions {
  readonly near?: number;
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
      `from which cosine on two images are near duplicates; with --model (default: ${nearDefault})`,
      parseFraction,
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

/**
 * Embeds images for a comparison; undefined where no model is named.
 *
 * @throws Fault `invalid` for a cosine without a model.
 */
export function readNearOptions(
  { model, near, executionProvider }: NearOptions,
  terminal: Terminal,
  how: MeasureOptions,
): EmbedSettings | undefined {
  if (model === undefined) {
    if (near === undefined) return undefined;
    throw new Fault('invalid', '--near: a cosine is of a model; name one with --model');
  }
  const embed = createEmbedding({ model, executionProvider }, terminal, how);
  return {
    similarityMin: near ?? nearDefault,
    embed: async (samples) => {
      const { images, badImages } = await embed(samples);
      return { matrix: images, badImages };
    },
  };
}
