import { Fault } from '@holdfast/fault';
import { isJsonObject, type JsonObject } from './read-json-file.js';

/** A token that is looked for in a text before its words are split, in the form of `tokenizer.json`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Takes the white space before it, and behind it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Looked for in the normalised text, which is in small letters. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/** What a directory says of tokens beside its vocabulary. */
export interface TokenFiles {
  /** Ids of the vocabulary, by token. */
  readonly vocabulary: JsonObject;
  /** `added_tokens` of `tokenizer.json`. */
  readonly stored: readonly unknown[];
  /** `tokenizer_config.json` and `special_tokens_map.json`, where they are there. */
  readonly configuration: JsonObject;
  readonly specialTokens: JsonObject;
  /** `added_tokens.json`: ids by token. */
  readonly added: JsonObject;
}

/** Tokens with an id, and those that get the next free one. */
type DeclaredToken = Omit<AddedToken, 'id'> & { readonly id?: number };

/** Named tokens, in the order in which they get an id, with CLIP's defaults. */
export const namedTokens = {
  bos_token: '<|startoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
  sep_token: undefined,
  pad_token: '<|endoftext|>',
  cls_token: undefined,
  mask_token: undefined,
} as const;

/** A token that the settings of a tokenizer name. */
export type NamedToken = keyof typeof namedTokens;

/**
 * The settings of a tokenizer: those of `tokenizer_config.json` with those of `special_tokens_map.json`
 * before them, unless the former has `added_tokens_decoder`; then it stands alone.
 */
export function mergeTokenSettings({ configuration, specialTokens }: TokenFiles): JsonObject {
  const { added_tokens_decoder: decoder } = configuration;
  return isJsonObject(decoder) ? configuration : { ...configuration, ...specialTokens };
}

/**
 * All added tokens of a tokenizer, by rising id: those of the files by their ids, then the named ones
 * (`pad_token` ...) and further special ones. A token of the vocabulary keeps its id there; others follow
 * the vocabulary.
 *
 * Source of the rules: `from_pretrained` of transformers 5.24, where `added_tokens_decoder` silences
 * `added_tokens.json` and `special_tokens_map.json`.
 * @param file what to call the tokenizer in messages
 * @throws Fault `invalid` if a token has another id in a file than it would get, or asks to be a word of
 *   its own (`single_word`), which is not supported.
 */
export function collectAddedTokens(files: TokenFiles, file: string): AddedToken[] {
  const { vocabulary } = files;
  const size = Object.keys(vocabulary).length;
  const tokens = new Map<string, AddedToken>();
  let next = size;
  for (const { id: declared, ...token } of listDeclared(files, file)) {
    if (tokens.has(token.content)) continue;
    const known = Object.hasOwn(vocabulary, token.content) ? vocabulary[token.content] : undefined;
    const id = typeof known === 'number' ? known : next;
    next = Math.max(next, id + 1);
    if (declared !== undefined && declared !== id) {
      throw new Fault(
        'invalid',
        `${file} cannot be used: the token ${JSON.stringify(token.content)} has the id ${declared} in its files, but transformers would give it ${id}`,
      );
    }
    tokens.set(token.content, { id, ...token });
  }
  return [...tokens.values()].sort((a, b) => a.id - b.id);
}

/** Tokens in the order in which they get ids; the first of one content counts. */
function listDeclared(files: TokenFiles, file: string): DeclaredToken[] {
  const settings = mergeTokenSettings(files);
  const named = Object.entries(namedTokens).map(([key, fallback]) => settings[key] ?? fallback);
  const { additional_special_tokens: additional, extra_special_tokens: extra } = settings;
  const more = [additional, extra].filter((list) => Array.isArray(list)).flat();
  const special = [...named, ...more]
    .filter((token) => token !== undefined)
    .map((token) => readToken(token, { special: true }, file));
  const isSpecial = new Set(special.map(({ content }) => content));
  const stored = files.stored.map((token) => readToken(token, {}, file));
  const { added_tokens_decoder: decoder } = files.configuration;
  const declared = isJsonObject(decoder)
    ? [...listDecoder(decoder, file), ...stored]
    : [...listAdded(files.added, isSpecial, file), ...stored];
  declared.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  return [...declared, ...special];
}

function listDecoder(decoder: JsonObject, file: string): DeclaredToken[] {
  return Object.entries(decoder).map(([id, token]) => readToken(token, { id: Number(id) }, file));
}

function listAdded(
  added: JsonObject,
  isSpecial: ReadonlySet<string>,
  file: string,
): DeclaredToken[] {
  return Object.entries(added).map(([content, id]) => {
    const special = isSpecial.has(content);
    return readToken({ content, id, normalized: !special, special }, {}, file);
  });
}

/** A token of a file: its text, or an object with it. */
function readToken(
  token: unknown,
  known: { readonly id?: number; readonly special?: boolean },
  file: string,
): DeclaredToken {
  const fields: JsonObject = isJsonObject(token) ? token : { content: token };
  const { content, id = known.id, single_word: isWord } = fields;
  const { lstrip, rstrip, normalized, special } = fields;
  const refuse = (description: string) => {
    const name = JSON.stringify(content ?? token);
    throw new Fault('invalid', `${file} cannot be used: the token ${name} ${description}`);
  };
  if (typeof content !== 'string' || content === '') refuse('is not a text');
  if (id !== undefined && !Number.isSafeInteger(id)) refuse(`has the id ${JSON.stringify(id)}`);
  if (isWord === true) refuse('asks for single_word, which is not supported');
  return {
    content: content as string,
    ...(id !== undefined && { id: id as number }),
    lstrip: lstrip === true,
    rstrip: rstrip === true,
    normalized: normalized === true,
    special: known.special === true || special === true,
  };
}
