import type { ChannelTriple, Preprocessing } from '@holdfast/image';
import { type FieldReader, parseFields } from './field-reader.js';
import { isJsonObject, type JsonObject } from './read-json-file.js';
import { refuseUnknownFields } from './refuse-unknown-fields.js';

const edge = { min: 1, max: 4096 };
/** CLIP's means of red, green and blue. */
export const clipMean: ChannelTriple = [0.48145466, 0.4578275, 0.40821073];
/** CLIP's standard deviations of red, green and blue. */
export const clipStd: ChannelTriple = [0.26862954, 0.26130258, 0.27577711];

/** The number by which PIL and Hugging Face call bicubic resampling. */
const bicubic = 3;

/** Names under which transformers has had the one processor whose pixels are made here. */
const processors = [
  'CLIPImageProcessor',
  'CLIPImageProcessorFast',
  'CLIPImageProcessorPil',
  'CLIPFeatureExtractor',
];

/** Fields that are read. */
const readFields = [
  ...['do_resize', 'size', 'resample', 'do_center_crop', 'crop_size', 'do_convert_rgb'],
  ...['do_rescale', 'rescale_factor', 'do_normalize', 'image_mean', 'image_std'],
  ...['image_processor_type', 'feature_extractor_type', 'default_to_square'],
];

/** Fields that change no pixel: where it is computed, in what form it comes, who wrote the file. */
const harmlessFields = [
  ...['device', 'disable_grouping', 'return_tensors', 'data_format', 'model_input_names'],
  ...['processor_class', '_valid_processor_keys', '_processor_class', 'backend', 'use_fast'],
  ...['name_or_path', '_name_or_path', 'transformers_version', 'pad_size'],
];

/** Why a known field is refused where it asks for something. */
const reasons: Readonly<Record<string, string>> = {
  use_square_size: 'resizes to a square without cropping',
  do_pad: 'pads images',
  rescale_offset: 'shifts the values',
  offset: 'shifts the values',
  do_thumbnail: 'shrinks images twice',
  do_align_long_axis: 'turns images',
  do_flip_channel_order: 'swaps red and blue',
  do_reduce_labels: 'belongs to segmentation',
  crop_pct: 'resizes by a share, as ConvNeXt',
  input_data_format: 'says how arrays are laid out, and images are files here',
  auto_map: 'names code of the model',
};

/**
 * Reads `preprocessor_config.json` of a CLIP model, with CLIPImageProcessor's defaults where it is
 * silent. Every field that could make other pixels than are made here is refused.
 *
 * @param imageSize edge of the model's input in pixels
 * @throws Fault `invalid` that names every field that is wrong, not supported, or unlike the model.
 */
export function parsePreprocessing(
  json: JsonObject,
  { file, imageSize }: { readonly file: string; readonly imageSize: number },
): Preprocessing {
  return parseFields(json, file, (reader) => {
    refuseOtherProcessors(reader);
    refuseUnknownFields(reader, [...readFields, ...harmlessFields], reasons);
    const doResize = reader.boolean('do_resize', true);
    const crop = parseCrop(reader, imageSize);
    const shortestEdge = doResize ? parseShortestEdge(reader) : imageSize;
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

/** The processors of other models have other defaults, and other ways to resize. */
function refuseOtherProcessors(reader: FieldReader): void {
  for (const name of ['image_processor_type', 'feature_extractor_type']) {
    const type = reader.raw(name) ?? processors[0];
    if (processors.some((known) => known === type)) continue;
    const help = 'only CLIPImageProcessor is supported; save the model with its own processor';
    reader.refuse(name, `is ${JSON.stringify(type)}; ${help}`);
  }
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
  if (!reader.boolean('do_convert_rgb', true)) {
    reader.refuse('do_convert_rgb', 'is false; images are always converted, so it must be true');
  }
}

/** `224` or `{"shortest_edge": 224}`. */
function parseShortestEdge(reader: FieldReader): number {
  const size = reader.raw('size');
  if (!isJsonObject(size)) {
    if (size !== undefined && reader.boolean('default_to_square', false)) {
      reader.refuse('default_to_square', 'is true; resizing to a square is not supported');
    }
    return reader.integer('size', 224, edge);
  }
  const nested = reader.object('size');
  if (nested.raw('shortest_edge') === undefined) {
    reader.refuse('size', 'has no shortest_edge; other ways to resize are not supported');
    return 224;
  }
  refuseUnknownFields(nested, ['shortest_edge'], sizeReasons);
  return nested.integer('shortest_edge', 224, edge);
}

const sizeReasons: Readonly<Record<string, string>> = {
  longest_edge: 'bounds the longer edge',
  height: 'resizes to a rectangle',
  width: 'resizes to a rectangle',
};

/** `224` or `{"height": 224, "width": 224}`; must be the model's input. */
function parseCrop(
  reader: FieldReader,
  imageSize: number,
): { cropHeight: number; cropWidth: number } {
  let cropHeight: number;
  let cropWidth: number;
  if (isJsonObject(reader.raw('crop_size'))) {
    const nested = reader.object('crop_size');
    refuseUnknownFields(nested, ['height', 'width']);
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
