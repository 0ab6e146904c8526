import { bytesPerElement, countElements, type ElementType, isElementType } from './element-type.js';
import { findDuplicateKeys } from './find-duplicate-keys.js';
import { SafetensorsError, type TensorViolation } from './safetensors-error.js';

/** Where a tensor lies in a file. */
export interface TensorLocation {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly start: number;
  /** First byte after the tensor. */
  readonly end: number;
}

/** The checked header of a safetensors file. */
export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

/** Bytes before the header: its length as a little-endian unsigned 64-bit integer. */
export const headerLengthBytes = 8;

/** The format's own limit on a header. */
const headerBytesMax = 100_000_000;

/**
 * Reads how many bytes of JSON follow the first eight bytes of a file.
 *
 * @throws SafetensorsError if the file is too short for its header or the header too long.
 */
export function readHeaderLength(
  start: Uint8Array,
  file: { readonly name: string; readonly bytes: number },
): number {
  if (file.bytes < headerLengthBytes || start.byteLength < headerLengthBytes) {
    throw new SafetensorsError(
      `${file.name}: not a safetensors file: it has ${file.bytes} bytes, fewer than the 8 of the header's length`,
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, headerLengthBytes);
  const length = view.getBigUint64(0, true);
  if (length > headerBytesMax) {
    throw new SafetensorsError(
      `${file.name}: not a safetensors file, or damaged: its header would have ${length} bytes, more than ${headerBytesMax}`,
    );
  }
  if (Number(length) > file.bytes - headerLengthBytes) {
    throw new SafetensorsError(
      `${file.name}: truncated: the header has ${length} bytes, but only ${file.bytes - headerLengthBytes} follow; copy the file again`,
    );
  }
  return Number(length);
}

/**
 * Parses and checks a header: every tensor's type, shape and place, with no overlap and no hole.
 *
 * @param json the header's bytes, without the eight of its length
 * @throws SafetensorsError that names every tensor that is wrong.
 */
export function parseHeader(
  json: Uint8Array,
  file: { readonly name: string; readonly bytes: number },
): SafetensorsHeader {
  const entries = parseJson(json, file.name);
  const dataStart = headerLengthBytes + json.byteLength;
  const violations: TensorViolation[] = [];
  const tensors = new Map<string, TensorLocation>();
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, entry] of Object.entries(entries)) {
    const report = (description: string) => violations.push({ field: name, description });
    if (name === '__metadata__') {
      metadata = parseMetadata(entry, report);
      continue;
    }
    const location = parseLocation(entry, report);
    if (location !== undefined) {
      const { start, end } = location;
      tensors.set(name, { ...location, start: dataStart + start, end: dataStart + end });
    }
  }
  reportTruncation(tensors, file.bytes, violations);
  if (violations.length === 0) reportGaps(tensors, dataStart, file.bytes, violations);
  if (violations.length > 0) throw createHeaderFault(file.name, violations);
  return { metadata, tensors };
}

function parseJson(json: Uint8Array, name: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SafetensorsError(
      `${name}: not a safetensors file, or damaged: its header is not JSON in UTF-8 (${reason})`,
      { cause },
    );
  }
  if (!isObject(value)) {
    throw new SafetensorsError(`${name}: not a safetensors file: its header is not a JSON object`);
  }
  const duplicates = findDuplicateKeys(text);
  if (duplicates.length > 0) {
    throw createHeaderFault(
      name,
      duplicates.map((field) => ({ field, description: 'stands more than once in the header' })),
    );
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Report = (description: string) => void;

function parseMetadata(entry: unknown, report: Report): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (!isObject(entry)) {
    report('is not an object of strings');
    return metadata;
  }
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value === 'string') metadata.set(key, value);
    else report(`"${key}" is not a string`);
  }
  return metadata;
}

/** The place of one tensor, counted from the start of the data; undefined after reporting why not. */
function parseLocation(entry: unknown, report: Report): TensorLocation | undefined {
  if (!isObject(entry)) {
    report('is not an object with dtype, shape and data_offsets');
    return undefined;
  }
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isElementType(dtype)) {
    report(`dtype ${quote(dtype)} is not known`);
    return undefined;
  }
  if (!isArrayOfSizes(shape)) {
    report(`shape ${quote(shape)} is not a list of non-negative integers`);
    return undefined;
  }
  if (!isArrayOfSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    report(`data_offsets ${quote(offsets)} is not [start, end]`);
    return undefined;
  }
  const [start, end] = offsets as [number, number];
  const expected = countElements(shape) * bytesPerElement(dtype);
  if (end - start !== expected) {
    report(`has ${end - start} bytes, but ${dtype} [${shape.join(', ')}] needs ${expected}`);
    return undefined;
  }
  return { dtype, shape, start, end };
}

/** A value of a stranger's file, short enough for a message. */
function quote(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100);
}

function isArrayOfSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A file that was cut off lacks most of its tensors: the one that ends last says it for all. */
function reportTruncation(
  tensors: ReadonlyMap<string, TensorLocation>,
  fileBytes: number,
  violations: TensorViolation[],
): void {
  let last: readonly [name: string, end: number] | undefined;
  for (const [name, { end }] of tensors) {
    if (end > (last?.[1] ?? fileBytes)) last = [name, end];
  }
  if (last === undefined) return;
  const [field, end] = last;
  const description = `ends at byte ${end} of the file, which has only ${fileBytes}: the file is truncated`;
  violations.push({ field, description });
}

function reportGaps(
  tensors: ReadonlyMap<string, TensorLocation>,
  dataStart: number,
  fileBytes: number,
  violations: TensorViolation[],
): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let end = dataStart;
  let previous = 'the header';
  for (const [name, tensor] of inOrder) {
    if (tensor.start < end) {
      violations.push({ field: name, description: `overlaps ${previous}` });
    } else if (tensor.start > end) {
      const hole = tensor.start - end;
      violations.push({ field: name, description: `starts ${hole} bytes after ${previous} ends` });
    }
    end = Math.max(end, tensor.end);
    previous = name;
  }
  if (end < fileBytes) {
    const description = `is followed by ${fileBytes - end} bytes that belong to no tensor`;
    violations.push({ field: previous, description });
  }
}

/** At most this many tensors are spelled out in a message; `violations` has them all. */
const namedMax = 3;
/** A name may be as long as the header. */
const namedLengthMax = 200;

function createHeaderFault(name: string, violations: readonly TensorViolation[]): SafetensorsError {
  const named = violations
    .slice(0, namedMax)
    .map(({ field, description }) => `${field.slice(0, namedLengthMax)} ${description}`);
  const rest = violations.length - named.length;
  const tail = rest > 0 ? `; and ${rest} more` : '';
  return new SafetensorsError(`${name}: damaged safetensors file: ${named.join('; ')}${tail}`, {
    violations,
  });
}
