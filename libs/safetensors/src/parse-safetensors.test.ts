import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSafetensors } from './parse-safetensors.js';
import { SafetensorsError } from './safetensors-error.js';
import { serializeSafetensors } from './serialize-safetensors.js';

/** A file with this header, padded or not, and so many bytes of data. */
function createFile(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function catchError(bytes: Uint8Array): SafetensorsError {
  try {
    parseSafetensors(bytes, 'model.safetensors');
  } catch (error) {
    if (error instanceof SafetensorsError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const f32 = (shape: number[], start: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

const mixed = readFileSync(new URL('../fixtures/mixed.safetensors', import.meta.url));

describe('parseSafetensors', () => {
  it("reads a file of Python's safetensors with its metadata, types and shapes", () => {
    const { metadata, tensors } = parseSafetensors(mixed);
    expect(Object.fromEntries(metadata)).toEqual({ format: 'pt', note: 'größer' });
    expect(tensors.size).toBe(12);
    expect(tensors.get('f64')).toMatchObject({ dtype: 'F64', shape: [2, 2] });
    expect(tensors.get('scalar')).toMatchObject({ dtype: 'F32', shape: [] });
    expect(tensors.get('empty')).toMatchObject({ shape: [0, 3], data: { byteLength: 0 } });
  });

  it('gives views and copies nothing', () => {
    const bytes = createFile({ a: f32([2], 0, 8) }, 8);
    const { tensors } = parseSafetensors(bytes);
    expect(tensors.get('a')?.data.buffer).toBe(bytes.buffer);
  });

  it('says of a truncated file that it is truncated, wherever it ends', () => {
    const whole = serializeSafetensors(
      new Map([
        ['bias', { dtype: 'F32', shape: [1], data: new Uint8Array(4) }],
        ['weight', { dtype: 'F32', shape: [4], data: new Uint8Array(16) }],
      ]),
    );
    expect(catchError(whole.subarray(0, 5)).message).toContain('fewer than the 8');
    expect(catchError(whole.subarray(0, 20)).message).toContain('truncated: the header has');
    const { length } = whole;
    const error = catchError(whole.subarray(0, length - 20));
    expect(error.message).toContain(
      `weight ends at byte ${length} of the file, which has only ${length - 20}`,
    );
    expect(error.violations).toHaveLength(1);
  });

  it('refuses a header that would be larger than the format allows', () => {
    const bytes = new Uint8Array(16).fill(0xff);
    expect(catchError(bytes).message).toContain('more than 100000000');
  });

  it('refuses a header that is not a JSON object in UTF-8', () => {
    expect(catchError(createFile('{"a"', 0)).message).toContain('not JSON in UTF-8');
    expect(catchError(createFile('[1]', 0)).message).toContain('not a JSON object');
    const invalid = createFile('{"abc": 1}', 0);
    invalid[10] = 0xff;
    expect(catchError(invalid).message).toContain('not JSON in UTF-8');
  });

  it('names every tensor that is wrong, and how', () => {
    const error = catchError(
      createFile(
        {
          type: { dtype: 'F31', shape: [1], data_offsets: [0, 4] },
          shape: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] },
          offsets: { dtype: 'F32', shape: [1], data_offsets: [4] },
          backwards: { dtype: 'F32', shape: [1], data_offsets: [4, 0] },
          size: f32([3], 0, 4),
          number: 7,
          huge: { dtype: 'F32', shape: [2 ** 52], data_offsets: [0, 4] },
        },
        8,
      ),
    );
    const byField = new Map(error.violations.map((v) => [v.field, v.description]));
    expect(byField.get('type')).toBe('dtype "F31" is not known');
    expect(byField.get('shape')).toContain('shape [-1]');
    expect(byField.get('offsets')).toContain('data_offsets [4]');
    expect(byField.get('backwards')).toContain('data_offsets [4,0]');
    expect(byField.get('size')).toBe('has 4 bytes, but F32 [3] needs 12');
    expect(byField.get('number')).toContain('is not an object');
    expect(byField.get('huge')).toContain('needs');
    expect(error.message).toContain('and 4 more');
  });

  it('refuses tensors that overlap, leave a hole, or are followed by stray bytes', () => {
    const overlap = catchError(createFile({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12));
    expect(overlap.message).toContain('b overlaps a');
    const hole = catchError(createFile({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12));
    expect(hole.message).toContain('b starts 4 bytes after a ends');
    const late = catchError(createFile({ a: f32([1], 4, 8) }, 8));
    expect(late.message).toContain('a starts 4 bytes after the header ends');
    const stray = catchError(createFile({ a: f32([1], 0, 4) }, 6));
    expect(stray.message).toContain('a is followed by 2 bytes that belong to no tensor');
  });

  it('refuses a name that stands twice, also when it is written in another way', () => {
    const entry = JSON.stringify(f32([1], 0, 4));
    const error = catchError(createFile(`{"a":${entry}, "\\u0061" :${entry}}`, 4));
    expect(error.violations).toEqual([
      { field: 'a', description: 'stands more than once in the header' },
    ]);
  });

  it('does not take keys inside a tensor, or quotes inside a name, for duplicates', () => {
    const { tensors } = parseSafetensors(
      createFile({ 'a"dtype': f32([1], 0, 4), 'b\\': f32([1], 4, 8) }, 8),
    );
    expect([...tensors.keys()]).toEqual(['a"dtype', 'b\\']);
  });

  it('refuses metadata that are not texts', () => {
    const error = catchError(createFile({ __metadata__: { a: 1 } }, 0));
    expect(error.message).toContain('__metadata__ "a" is not a string');
    expect(catchError(createFile({ __metadata__: [] }, 0)).message).toContain('object of strings');
  });
});
