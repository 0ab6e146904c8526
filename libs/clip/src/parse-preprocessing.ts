import type { ChannelTriple, Preprocessing } from '@holdfast/image';
import { type FieldReader, parseFields } from './field-reader.js';
import { isJsonObject, type JsonObject } from './read-json-file.js';

const edge = { min: 1, max: 4096 };
/** CLIP's means of red, green and blue. */
export const clipMean: ChannelTriple = [0.48145466, 0.4578275, 0.40821073];
/** CLIP's standard deviations of red, green and blue. */
export const clipStd: ChannelTriple = [0.26862954, 0.26130258, 0.27577711];

/** The number by which PIL and Hugging Face call bicubic resampling. */
const bicubic = 3;

/**
 * Reads `preprocessor_config.json` of a CLIP model, with CLIPImageProcessor's defaults where it is
 * silent.
 *
 * @param imageSize edge of the model's input in pixels
 * @throws Fault `invalid` that names every field that is wrong, not supported, or unlike the model.
 */
export function parsePreprocessing(
  json: JsonObject,
  { file, imageSize }: { readonly file: string; readonly imageSize: number },
): Preprocessing {
  return parseFields(json, file, (reader) => {
    const doResize = reader.boolean('do_resize', true);
    const crop = parseCrop(reader, imageSize);
    const shortestEdge = parseShortestEdge(reader);
    refuseUnsupported(reader, { doResize, shortestEdge, imageSize });
    return {
      doResize,
      shortestEdge,
      ...crop,
      doRescale: reader.boolean('do_rescale', true),
      rescaleFactor: reader.number('rescale_factor', 1 / 255, { min: 1e-6, max: 1 }),
      doNormalize: reader.boolean('do_normalize', true),
      mean: parseTriple(reader, 'image_mean', clipMean, { min: -1000, max: 1000 }),
      std: parseTriple(reader, 'image_std', clipStd, { min: 1e-6, max: 1000 }),
    };
  });
}

function refuseUnsupported(
  reader: FieldReader,
  {
    doResize,
    shortestEdge,
    imageSize,
  }: { doResize: boolean; shortestEdge: number; imageSize: number },
): void {
  const resample = reader.raw('resample') ?? bicubic;
  if (doResize && resample !== bicubic) {
    reader.refuse('resample', `is ${JSON.stringify(resample)}; only 3 (bicubic) is supported`);
  }
  if (doResize && shortestEdge < imageSize) {
    reader.refuse('size', `is ${shortestEdge}, smaller than the model's ${imageSize} pixels`);
  }
  if (!reader.boolean('do_center_crop', true)) {
    reader.refuse('do_center_crop', 'is false; the model needs squares, so it must be true');
  }
}

/** `224` or `{"shortest_edge": 224}`. */
function parseShortestEdge(reader: FieldReader): number {
  const size = reader.raw('size');
  if (!isJsonObject(size)) return reader.integer('size', 224, edge);
  const nested = reader.object('size');
  if (nested.raw('shortest_edge') === undefined) {
    reader.refuse('size', 'has no shortest_edge; other ways to resize are not supported');
    return 224;
  }
  return nested.integer('shortest_edge', 224, edge);
}

/** `224` or `{"height": 224, "width": 224}`; must be the model's input. */
function parseCrop(
  reader: FieldReader,
  imageSize: number,
): { cropHeight: number; cropWidth: number } {
  let cropHeight: number;
  let cropWidth: number;
  if (isJsonObject(reader.raw('crop_size'))) {
    const nested = reader.object('crop_size');
    cropHeight = nested.integer('height', 224, edge);
    cropWidth = nested.integer('width', 224, edge);
  } else {
    cropHeight = reader.integer('crop_size', 224, edge);
    cropWidth = cropHeight;
  }
  if (cropHeight !== imageSize || cropWidth !== imageSize) {
    const crop = `${cropHeight} x ${cropWidth}`;
    reader.refuse('crop_size', `is ${crop}, but config.json says image_size ${imageSize}`);
  }
  return { cropHeight, cropWidth };
}

/** Three numbers in a range. */
export function parseTriple(
  reader: FieldReader,
  name: string,
  fallback: ChannelTriple,
  { min, max }: { readonly min: number; readonly max: number },
): ChannelTriple {
  const value = reader.raw(name) ?? fallback;
  const isTriple =
    Array.isArray(value) &&
    value.length === 3 &&
    value.every((x) => typeof x === 'number' && x >= min && x <= max);
  if (isTriple) return value as unknown as ChannelTriple;
  reader.refuse(name, `is ${JSON.stringify(value)}, expected three numbers from ${min} to ${max}`);
  return fallback;
}
