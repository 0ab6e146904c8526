import type { JsonObject } from './read-json-file.js';

const endToken = '<|endoftext|>';

/**
 * CLIP's tokenizer in the form of `tokenizer.json`, from its vocabulary and merges: byte-level
 * byte-pair encoding of lower-cased words that end in `</w>`. Added tokens are not in it.
 *
 * Source of the rules: `CLIPTokenizer` of transformers 5.24.
 */
export function buildTokenizerJson(vocabulary: JsonObject, merges: string): JsonObject {
  return {
    version: '1.0',
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: {
            Regex:
              "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
          },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: endToken,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab: vocabulary,
      merges: parseMerges(merges),
    },
  };
}

/** Lines of two tokens; the first line may say `#version`. */
function parseMerges(text: string): string[] {
  const lines = text.split(/\r?\n/);
  const isVersion = lines[0]?.startsWith('#version') === true;
  return (isVersion ? lines.slice(1) : lines).filter((line) => line.trim() !== '');
}
