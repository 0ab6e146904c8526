import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { Tokenizer as BytePairTokenizer } from '@huggingface/tokenizers';
import { buildTokenizerJson } from './build-tokenizer-json.js';
import type { TextConfig } from './clip-config.js';
import {
  collectAddedTokens,
  mergeTokenSettings,
  type NamedToken,
  namedTokens,
  type TokenFiles,
} from './collect-added-tokens.js';
import { isJsonObject, type JsonObject, readJsonFile, readTextFile } from './read-json-file.js';
import type { TextCut, Tokenizer } from './tokenizer.js';

/** A prompt is a sentence; nobody needs a book. */
const textLengthMax = 65_536;

/**
 * Opens the tokenizer of a CLIP directory: `tokenizer.json`, or `vocab.json` and `merges.txt`, with the
 * tokens that `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` add or name.
 * Gives the ids of Python's CLIPTokenizer with padding and truncation to the context length.
 *
 * @throws Fault if there is no tokenizer, or it is not the model's: ids beyond the vocabulary, or an
 *   end token that the model does not pool at.
 */
export async function openTokenizer(directory: string, text: TextConfig): Promise<Tokenizer> {
  const json = (await readJsonFile(join(directory, 'tokenizer.json'))) ?? (await build(directory));
  const read = async (name: string) => (await readJsonFile(join(directory, name))) ?? {};
  const { model, added_tokens: stored } = json;
  const { vocab } = isJsonObject(model) ? model : {};
  const files: TokenFiles = {
    vocabulary: isJsonObject(vocab) ? vocab : {},
    stored: Array.isArray(stored) ? stored : [],
    configuration: await read('tokenizer_config.json'),
    specialTokens: await read('special_tokens_map.json'),
    added: await read('added_tokens.json'),
  };
  const tokens = collectAddedTokens(files, `the tokenizer in ${directory}`);
  const tokenizer = createBytePairTokenizer({ ...json, added_tokens: tokens }, directory);
  const special = findSpecialTokens(tokenizer, mergeTokenSettings(files));
  checkVocabulary(tokenizer, text, special.eos, directory);
  const length = text.contextLength;
  return {
    encode: (words) => encode(tokenizer, words, { ...special, length }),
    describeCut: (words) => describeCut(tokenizer, words, length),
    identify: () => identify(tokenizer, model, special),
  };
}

/** Its ids show whether letters are lowered, accents composed, digits parted and spaces joined. */
const probe = "A  Photo of\ta CAFE\u0301's n\u00ba 5, 1987: <b>Stra\u00dfe</b>!";

function identify(tokenizer: BytePairTokenizer, model: unknown, special: SpecialTokens): string {
  const vocabulary = [...tokenizer.get_vocab(true)].sort(([, a], [, b]) => a - b);
  const { merges } = isJsonObject(model) ? model : {};
  // Newer files hold a merge as a list of two, older ones as a text.
  const joined = Array.isArray(merges)
    ? merges.map((pair) => (Array.isArray(pair) ? pair.join(' ') : pair))
    : [];
  const probed = splitWords(tokenizer, probe);
  return sha256(
    JSON.stringify([vocabulary, joined, probed, special.bos, special.eos, special.pad]),
  );
}

async function build(directory: string): Promise<JsonObject> {
  const vocabulary = await readJsonFile(join(directory, 'vocab.json'));
  const merges = await readTextFile(join(directory, 'merges.txt'));
  if (vocabulary === undefined || merges === undefined) {
    throw new Fault(
      'not-found',
      `${directory} has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt; copy those of the model there (an OpenAI CLIP's are those of openai/clip-vit-base-patch32, and so are most of open_clip's)`,
    );
  }
  return buildTokenizerJson(vocabulary, merges);
}

function createBytePairTokenizer(json: JsonObject, directory: string): BytePairTokenizer {
  try {
    // No settings: those that it knows (remove_space ...) are other tokenizers'.
    return new BytePairTokenizer(json, {});
  } catch (cause) {
    throw new Fault(
      'invalid',
      `the tokenizer in ${directory} cannot be used: ${(cause as Error).message}`,
      { cause },
    );
  }
}

interface SpecialTokens {
  readonly bos: number;
  readonly eos: number;
  readonly pad: number;
}

/** Named tokens are added where the vocabulary lacks them, so that each has an id. */
function findSpecialTokens(tokenizer: BytePairTokenizer, settings: JsonObject): SpecialTokens {
  const find = (key: NamedToken) => {
    const token = settings[key] ?? namedTokens[key];
    const { content } = isJsonObject(token) ? token : { content: token };
    return tokenizer.token_to_id(content as string)!;
  };
  return { bos: find('bos_token'), eos: find('eos_token'), pad: find('pad_token') };
}

function checkVocabulary(
  tokenizer: BytePairTokenizer,
  text: TextConfig,
  eos: number,
  directory: string,
): void {
  const highest = [...tokenizer.get_vocab(true).values()].reduce((a, b) => Math.max(a, b), 0);
  const refuse = (description: string) => {
    throw new Fault('invalid', `the tokenizer in ${directory} is not the model's: ${description}`);
  };
  if (highest >= text.vocabularySize) {
    refuse(`it has ids up to ${highest}, the configuration a vocab_size of ${text.vocabularySize}`);
  }
  if (text.eotPooling === 'first-eos' && eos !== text.eosTokenId) {
    refuse(`its end token is ${eos}, the configuration says ${text.eosTokenId}`);
  }
  if (text.eotPooling === 'argmax' && eos !== highest) {
    refuse(
      `by the configuration (eos_token_id 2, or open_clip's argmax) the highest id of a text marks its end, but the end token ${eos} is not the highest (${highest})`,
    );
  }
}

function encode(
  tokenizer: BytePairTokenizer,
  words: string,
  { bos, eos, pad, length }: SpecialTokens & { readonly length: number },
): Int32Array {
  const inner = splitWords(tokenizer, words).slice(0, length - 2);
  const ids = new Int32Array(length).fill(pad);
  ids[0] = bos;
  ids.set(inner, 1);
  ids[inner.length + 1] = eos;
  return ids;
}

function describeCut(
  tokenizer: BytePairTokenizer,
  words: string,
  length: number,
): TextCut | undefined {
  const ids = splitWords(tokenizer, words);
  if (ids.length <= length - 2) return undefined;
  const spelled = tokenizer.decode(ids.slice(0, length - 2));
  return { tokenCount: ids.length + 2, kept: spelled.replaceAll('</w>', ' ').trim() };
}

/** Ids of a text's pieces, without start and end. */
function splitWords(tokenizer: BytePairTokenizer, words: string): number[] {
  if (words.length > textLengthMax) {
    throw new Fault(
      'invalid',
      `a text has ${words.length} characters, more than ${textLengthMax}: "${words.slice(0, 40)}..."`,
    );
  }
  // JavaScript lower-cases a capital sigma at a word's end to its final form; Python's tokenizer does not.
  const text = words.replaceAll('Σ', 'σ');
  return tokenizer.encode(text, { add_special_tokens: false }).ids;
}
