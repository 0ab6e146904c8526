import type { ClipDirectory } from '@holdfast/clip';
import type { TextBatch } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { TokenSequence } from '@holdfast/proto/holdfast/serving/v1/serving';
import type { InputContext } from './parse-images.js';

/** Texts of a request, checked. */
export interface TextInput {
  readonly count: number;
  /** Ids of texts that the caller tokenised, else words. */
  readonly texts: readonly (Int32Array | string)[];
  /** Head of each, -1 for none. */
  readonly heads: readonly number[];
}

/** Texts of one request. */
export const textsMax = 1024;
/** Characters of one text; the tower reads a few hundred tokens at the most. */
const textLengthMax = 16_384;

/** Words or ids; undefined where there are neither. What is wrong goes to `violations`. */
export function parseTexts(
  batch: TextBatch | undefined,
  sequences: readonly TokenSequence[],
  { directory, violations }: InputContext,
): TextInput | undefined {
  const { texts = [], heads = [] } = batch ?? {};
  const alone = texts.length === 0 || sequences.length === 0;
  violations.require(alone, 'token_ids', 'stand beside texts: give one of both');
  const count = Math.max(texts.length, sequences.length);
  if (!alone || count === 0) return undefined;
  const fits = count <= textsMax;
  violations.require(fits, 'texts.texts', `${count} texts are more than ${textsMax}`);
  if (!fits) return undefined;
  texts.forEach((text, i) => {
    const isShort = text.length <= textLengthMax;
    const reason = `has ${text.length} characters, more than ${textLengthMax}`;
    violations.require(isShort, `texts.texts[${i}]`, reason);
  });
  const headCount = directory.heads?.count ?? 0;
  const areAll = heads.length === 0 || heads.length === texts.length;
  violations.require(areAll, 'texts.heads', `has ${heads.length} for ${texts.length} texts`);
  heads.slice(0, textsMax).forEach((head, i) => {
    const isHead = head >= -1 && head < headCount;
    const reason = `is ${head}; the model has ${headCount} heads, and -1 is none`;
    violations.require(isHead, `texts.heads[${i}]`, reason);
  });
  sequences.forEach(({ ids }, i) => {
    const reason = findWrongIds(ids, directory);
    violations.require(reason === undefined, `token_ids[${i}].ids`, reason ?? '');
  });
  const padded = sequences.map(({ ids }) => padIds(ids, directory));
  return {
    count,
    texts: texts.length > 0 ? texts : padded,
    heads: heads.length > 0 ? heads : Array.from({ length: count }, () => -1),
  };
}

/** Why ids are no text of a model; undefined if they are. */
export function findWrongIds(
  ids: readonly number[],
  { config }: Pick<ClipDirectory, 'config'>,
): string | undefined {
  const { contextLength, vocabularySize, eosTokenId, eotPooling } = config.text;
  if (ids.length === 0) return 'is empty';
  if (ids.length > contextLength) {
    return `has ${ids.length} ids, more than the context of ${contextLength}`;
  }
  const wrong = ids.find((id) => !(id >= 0 && id < vocabularySize));
  if (wrong !== undefined) return `has the id ${wrong}, not below ${vocabularySize}`;
  const isEnded = eotPooling === 'argmax' || ids.includes(eosTokenId);
  return isEnded ? undefined : `has no end token ${eosTokenId}`;
}

/** Ids in a context: what stands behind the end token is not read, but must be in the vocabulary. */
function padIds(ids: readonly number[], { config }: Pick<ClipDirectory, 'config'>): Int32Array {
  const { contextLength, padTokenId, eotPooling } = config.text;
  // The highest id ends a text there: padding must not be higher than what came.
  const padding = eotPooling === 'argmax' ? 0 : padTokenId;
  const padded = new Int32Array(contextLength).fill(padding);
  padded.set(ids.slice(0, contextLength));
  return padded;
}
