import { Fault } from '@holdfast/fault';
import { DataType, type TensorChunk } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import { type NamedArray, parseReference } from './array-reference.js';
import { chunkBytesMax, decodeElements, parseWireType, type WireType } from './wire-type.js';

/** What takes an array in. */
export interface Receiver {
  readonly engine: Engine;
  /** Runs to which an array is being written. */
  readonly busy: Set<string>;
}

/** What every piece of a stream must be of. */
interface Transfer {
  readonly target: NamedArray;
  readonly layout: { readonly sha256: string; readonly length: number };
  readonly type: WireType;
}

/** Where an array that is taken in goes. */
export interface Destination<T> {
  /** May refuse the array that the first piece names. */
  readonly accept: (target: NamedArray) => void;
  /** Whether the pieces gather in `staging`, or in the array itself, which has no version until it is whole. */
  readonly staged: boolean;
  /** Takes the whole array over; nobody else writes to the run's arrays by this way until it is done. */
  readonly finish: (target: NamedArray) => Promise<T>;
}

/**
 * Takes an array in, piece by piece, and hands it over after the last one.
 *
 * @throws Fault `invalid` if a piece is of another layout, does not follow the one before, is too large, or the
 *   array is incomplete; `aborted` if another array is being written to the same run.
 */
export async function receiveArray<T>(
  { engine, busy }: Receiver,
  chunks: AsyncIterable<TensorChunk | undefined>,
  { accept, staged, finish }: Destination<T>,
): Promise<T> {
  let transfer: Transfer | undefined;
  let next = 0;
  let taken: string | undefined;
  try {
    for await (const chunk of chunks) {
      if (transfer === undefined) {
        const target = parseReference(engine, chunk?.reference, 'chunk.reference');
        accept(target);
        if (busy.has(target.runId)) {
          throw new Fault(
            'aborted',
            `an array of run ${target.runId} is being written by another call`,
          );
        }
        taken = target.runId;
        busy.add(taken);
        transfer = await begin(engine, chunk, target);
      }
      const data = readPiece(chunk, next, transfer);
      const { runId } = transfer.target;
      // The engine takes the elements away.
      const end = next + data.length;
      const array = staged ? 'staging' : transfer.target.array;
      await engine.writeArray({ runId, array, offset: next, data });
      next = end;
    }
    if (transfer === undefined) throw refuse('chunk', 'is missing: the stream has none');
    const { length } = transfer.layout;
    if (next !== length) {
      throw refuse('chunk', `is the last one after ${next} of ${length} elements`);
    }
    return await finish(transfer.target);
  } finally {
    if (taken !== undefined) busy.delete(taken);
  }
}

async function begin(
  engine: Engine,
  chunk: TensorChunk | undefined,
  target: NamedArray,
): Promise<Transfer> {
  const dataType = chunk?.dataType ?? DataType.DATA_TYPE_UNSPECIFIED;
  const type = parseWireType(dataType, 'chunk.data_type');
  return { target, layout: await engine.describeLayout({ runId: target.runId }), type };
}

/** The elements of a piece, in memory of their own: the engine takes them away, the message belongs to the caller. */
function readPiece(
  chunk: TensorChunk | undefined,
  next: number,
  { target, layout, type }: Transfer,
): Float32Array {
  const { data = new Uint8Array(), offsetElements = 0n, layoutSha256 = '' } = chunk ?? {};
  if (layoutSha256 !== layout.sha256) {
    throw refuse(
      'chunk.layout_sha256',
      `is '${layoutSha256}', that of run ${target.runId} is '${layout.sha256}': the array is of other parameters, which Describe lists`,
    );
  }
  if (chunk?.dataType !== type.dataType) {
    throw refuse('chunk.data_type', 'is another than that of the first chunk');
  }
  if (offsetElements !== BigInt(next)) {
    throw refuse('chunk.offset_elements', `is ${offsetElements}; the next piece starts at ${next}`);
  }
  const bytes = data.byteLength;
  if (bytes % type.size !== 0 || bytes === 0) {
    throw refuse('chunk.data', `has ${bytes} bytes, not a positive multiple of ${type.size}`);
  }
  if (bytes > chunkBytesMax) {
    throw refuse('chunk.data', `has ${bytes} bytes, more than ${chunkBytesMax}`);
  }
  const end = next + bytes / type.size;
  if (end > layout.length) {
    throw refuse('chunk.data', `ends at element ${end}; the array has ${layout.length} elements`);
  }
  return decodeElements(type, data);
}

function refuse(field: string, description: string): Fault {
  return new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}
