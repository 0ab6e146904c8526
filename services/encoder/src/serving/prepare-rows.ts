import { Fault, isFault } from '@holdfast/fault';
import { augmentAndNormalize } from '@holdfast/image';
import { toBytes } from '@holdfast/tensor';
import type { ImagePool } from '../images/create-image-pool.js';
import { tokenize } from '../prepare-texts.js';
import type { ImageInput } from './parse-images.js';
import type { TextInput } from './parse-texts.js';
import type { ImageRows, TextRows } from './served-job.js';
import type { ServedModel } from './served-model.js';

/**
 * Brings images to the model's size, in the pool's threads. They wait as bytes: a quarter of what the tower takes.
 *
 * @throws Fault `invalid` or `not-found` that names the first one that cannot be used.
 */
export async function prepareImageRows(
  input: ImageInput,
  { directory: { preprocessing } }: ServedModel,
  pool: ImagePool,
): Promise<ImageRows> {
  const { count } = input;
  if ('pixels' in input) {
    const size = input.pixels.byteLength / count;
    const rowOf = (row: number) => input.pixels.subarray(row * size, (row + 1) * size);
    return { count, fill: (row, pixels) => toBytes(pixels).set(rowOf(row)) };
  }
  const prepare = async (source: Uint8Array | string, i: number) => {
    const name = typeof source === 'string' ? source : `images[${i}]`;
    try {
      return await pool.prepareFile({ source, name, preprocessing });
    } catch (error) {
      throw nameField(error, i);
    }
  };
  const prepared = await Promise.all(input.files.map(prepare));
  return {
    count,
    fill: (row, pixels) => augmentAndNormalize(prepared[row]!, pixels, preprocessing),
  };
}

/** The fault of an image, as one of the request's field. */
function nameField(error: unknown, index: number): unknown {
  if (!isFault(error) || (error.kind !== 'invalid' && error.kind !== 'not-found')) return error;
  const { message } = error;
  const violations = [{ field: `images[${index}]`, description: message }];
  return new Fault('invalid', message, { violations, cause: error });
}

/** A tower reads a text up to its end token, in steps of so many. */
const lengthStep = 16;

/** Tokenises texts, and says what each will cost. */
export function prepareTextRows({ count, texts, heads }: TextInput, served: ServedModel): TextRows {
  const { text: config } = served.directory.config;
  const tokens = new Int32Array(count * config.contextLength);
  const lengths = new Int32Array(count);
  texts.forEach((text, i) => {
    const ids = typeof text === 'string' ? tokenize(served, text) : text;
    tokens.set(ids, i * config.contextLength);
    const end = config.eotPooling === 'first-eos' ? config.eosTokenId : Math.max(...ids);
    const needed = ids.indexOf(end) + 1;
    lengths[i] = Math.min(Math.ceil(needed / lengthStep) * lengthStep, config.contextLength);
  });
  return { count, tokens, heads: Int32Array.from(heads), lengths };
}
