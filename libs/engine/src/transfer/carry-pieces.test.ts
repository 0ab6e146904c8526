import {
  AccumulateRequest,
  type DataType,
  ReadResponse,
  SharedArray,
  TensorChunk,
  TensorServiceDefinition,
  WriteRequest,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { createRandom } from '@holdfast/random';
import { describe, expect, it } from 'vitest';
import { carriedTensorService } from './carry-pieces.js';
import { lendBytes } from './lend-bytes.js';

const { read, write, accumulate } = carriedTensorService.methods;
const random = createRandom(42);

/** The generated code of a message, and what takes its place. */
const types = [
  ['ReadResponse', ReadResponse, read.responseType],
  ['WriteRequest', WriteRequest, write.requestType],
  ['AccumulateRequest', AccumulateRequest, accumulate.requestType],
] as const;

function drawChunk(bytes: number): TensorChunk {
  return TensorChunk.fromPartial({
    reference:
      random.integer(2) === 0
        ? undefined
        : { runId: 'ö', array: SharedArray.SHARED_ARRAY_GRADIENT, version: random.integer(2) },
    layoutSha256: 'a'.repeat(random.integer(65)),
    dataType: random.integer(4) as DataType,
    offsetElements: BigInt(random.uint32()) * BigInt(random.integer(3)),
    data: Buffer.from(Uint8Array.from({ length: bytes }, () => random.integer(256))),
  });
}

/** As nice-grpc does. */
const finish = (message: { finish(): Uint8Array }) => Buffer.from(message.finish());

/** A message, or that there is none: errors differ by where a reader notices. */
function attempt(decode: () => unknown): unknown {
  try {
    return decode();
  } catch {
    return 'no message';
  }
}

describe.each(types)('a piece in %s', (_, generated, carried) => {
  const draw = (bytes: number) =>
    generated.fromPartial({ chunk: drawChunk(bytes), addition: random.integer(300) } as never);
  const encode = (message: unknown) => finish(generated.encode(message as never));

  it('becomes the bytes that the generated code makes', () => {
    for (const bytes of [0, 1, 100, 127, 128, 20_000, 2 ** 20]) {
      const message = draw(bytes);
      expect(finish(carried.encode(message as never)).equals(encode(message))).toBe(true);
    }
    const none = generated.fromPartial({});
    expect(finish(carried.encode(none as never))).toEqual(encode(none));
  });

  it('is read from them where it lies, with the fields around it', () => {
    const message = draw(5000);
    message.chunk!.reference = undefined;
    const bytes = encode(message);
    const decoded = carried.decode(bytes);
    expect(decoded).toEqual(message);
    expect(decoded.chunk!.data).toBeInstanceOf(Buffer);
    expect(decoded.chunk!.data.buffer).toBe(bytes.buffer);
  });

  it('is read as the generated code reads it, however its bytes are damaged', () => {
    for (let trial = 0; trial < 3000; trial += 1) {
      let bytes = encode(draw(random.integer(20)));
      for (let flips = random.integer(3); flips > 0; flips -= 1) {
        bytes[random.integer(bytes.length)] = random.integer(256);
      }
      if (random.integer(3) === 0) bytes = bytes.subarray(0, random.integer(bytes.length));
      const expected = attempt(() => generated.decode(bytes));
      expect(attempt(() => carried.decode(bytes))).toEqual(expected);
    }
  });

  it('is the last one, where there are several, and may have fields of later versions', () => {
    const unknown = Buffer.from([0x78, 1]);
    const fields = Buffer.concat([finish(TensorChunk.encode(drawChunk(9))), unknown]);
    const nested = Buffer.concat([Buffer.from([10, fields.length]), fields]);
    for (const bytes of [nested, Buffer.concat([encode(draw(7)), encode(draw(8)), unknown])]) {
      expect(carried.decode(bytes)).toEqual(generated.decode(bytes));
    }
  });
});

it('gives the bytes of a piece back once it is a message', () => {
  let returned = 0;
  const chunk = { ...drawChunk(8), data: lendBytes(Buffer.alloc(8), () => (returned += 1)) };
  const message = read.responseType.encode({ chunk });
  expect(returned).toBe(1);
  chunk.data.fill(1);
  expect(ReadResponse.decode(finish(message)).chunk!.data).toEqual(Buffer.alloc(8));
  expect(returned).toBe(1);
});

it('is the same service', () => {
  expect(carriedTensorService.fullName).toBe(TensorServiceDefinition.fullName);
  expect(Object.keys(carriedTensorService.methods)).toEqual(
    Object.keys(TensorServiceDefinition.methods),
  );
});
