import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  AccumulateRequest,
  ReadResponse,
  TensorChunk,
  TensorServiceDefinition,
  WriteRequest,
} from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { giveBack } from './lend-bytes.js';

/** A message that carries a piece of an array: `TensorChunk chunk = 1`. */
interface Carrier {
  chunk?: TensorChunk | undefined;
}

/** The generated code of a carrier. */
interface Coder<Message> {
  encode(message: Message, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): Message;
}

/** Field 1 of a carrier, and field 5, `data`, of a piece: a tag says the field's number and that bytes follow. */
const chunkTag = (1 << 3) | WireType.LengthDelimited;
const dataTag = (5 << 3) | WireType.LengthDelimited;
/** The fields before `data` in all pieces of a stream but the first: layout_sha256, data_type, offset_elements. */
const fieldTags = new Set([
  (2 << 3) | WireType.LengthDelimited,
  (3 << 3) | WireType.Varint,
  (4 << 3) | WireType.Varint,
]);

const { methods } = TensorServiceDefinition;

/**
 * TensorService for those who serve and call it: a piece becomes bytes with one copy, and is read from them with none. The
 * generated code, which gives the same bytes and messages, copies it four times and once, and leaves as much garbage.
 *
 * A piece that was read is a view of its message's bytes; the first one, which has a reference, is a copy.
 */
export const carriedTensorService: typeof TensorServiceDefinition = {
  ...TensorServiceDefinition,
  methods: {
    ...methods,
    read: { ...methods.read, responseType: carryPiece(ReadResponse) },
    write: { ...methods.write, requestType: carryPiece(WriteRequest) },
    accumulate: { ...methods.accumulate, requestType: carryPiece(AccumulateRequest) },
  },
};

function carryPiece<Message extends Carrier, Type extends Coder<Message>>(
  type: Type & Coder<Message>,
): Type {
  return {
    ...type,
    encode(message: Message, writer?: BinaryWriter) {
      const encoded = writer === undefined ? encodeCarrier(type, message) : undefined;
      return encoded ?? type.encode(message, writer);
    },
    decode(bytes: BinaryReader | Uint8Array, length?: number) {
      const message = bytes instanceof Uint8Array ? decodeCarrier(type, bytes) : undefined;
      return message ?? type.decode(bytes, length);
    },
  };
}

/** What has the message's bytes; undefined for one that carries none. */
function encodeCarrier<Message extends Carrier>(
  type: Coder<Message>,
  message: Message,
): BinaryWriter | undefined {
  const { chunk } = message;
  if (chunk === undefined || chunk.data.length === 0) return undefined;
  const { data } = chunk;
  // In the order of their numbers: `data` is the last field of a piece, and a piece the first one of a message.
  const fields = TensorChunk.encode({ ...chunk, data: Buffer.of() });
  const head = fields.uint32(dataTag).uint32(data.length).finish();
  const front = new BinaryWriter().uint32(chunkTag).uint32(head.length + data.length);
  const before = front.raw(head).finish();
  const after = type.encode({ ...message, chunk: undefined }).finish();
  const bytes = Buffer.allocUnsafeSlow(before.length + data.length + after.length);
  bytes.set(before);
  bytes.set(data, before.length);
  bytes.set(after, before.length + data.length);
  giveBack(data);
  // nice-grpc makes a Buffer of what it gets: of an array a copy, of its memory a view.
  return { finish: () => bytes.buffer } as unknown as BinaryWriter;
}

/** The message; undefined where it has other fields, or in another order: the generated code reads that. */
function decodeCarrier<Message extends Carrier>(
  type: Coder<Message>,
  bytes: Uint8Array,
): Message | undefined {
  const found = findData(bytes);
  if (found === undefined) return undefined;
  const { fields, data, end } = found;
  const message = type.decode(bytes.subarray(end));
  if (message.chunk !== undefined) return undefined;
  message.chunk = TensorChunk.decode(fields);
  message.chunk.data = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return message;
}

/** The fields of a message's piece before its data, the data, and where the piece ends. */
function findData(
  bytes: Uint8Array,
): { readonly fields: Uint8Array; readonly data: Uint8Array; readonly end: number } | undefined {
  const reader = new BinaryReader(bytes);
  if (reader.len === 0 || reader.uint32() !== chunkTag) return undefined;
  const length = reader.uint32();
  const start = reader.pos;
  const end = start + length;
  try {
    while (reader.pos < end) {
      const at = reader.pos;
      const tag = reader.uint32();
      if (tag === dataTag) {
        const data = reader.bytes();
        return reader.pos === end ? { fields: bytes.subarray(start, at), data, end } : undefined;
      }
      if (!fieldTags.has(tag)) return undefined;
      reader.skip(tag & 7);
    }
  } catch {
    // It ends before its fields do: whoever reads it says so.
  }
  return undefined;
}
