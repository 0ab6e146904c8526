import type { TextBatch } from '@holdfast/engine';
import type { EncoderRun } from './encoder-run.js';
import { keyText } from './key-text.js';
import type { UniqueText } from './unique-texts.js';

/** Captions and prompts come back every step; ids of more texts than this are not worth their memory. */
const cachedTextsMax = 65_536;

/** What knows the ids of texts. */
type TokenizedRun = Pick<EncoderRun, 'directory' | 'tokens'>;

/** The ids of distinct texts. */
export function prepareTexts(run: TokenizedRun, texts: readonly UniqueText[]): TextBatch {
  const length = run.directory.config.text.contextLength;
  const tokens = new Int32Array(texts.length * length);
  texts.forEach(({ text }, i) => {
    tokens.set(tokenize(run, text), i * length);
  });
  return { count: texts.length, tokens, heads: Int32Array.from(texts, ({ head }) => head) };
}

/** The ids of a text; of one that came before, the same array. */
export function tokenize({ directory, tokens }: TokenizedRun, text: string): Int32Array {
  const key = keyText(text);
  let ids = tokens.get(key);
  if (ids === undefined) {
    ids = directory.tokenizer.encode(text);
    if (tokens.size >= cachedTextsMax) tokens.clear();
    tokens.set(key, ids);
  }
  return ids;
}
