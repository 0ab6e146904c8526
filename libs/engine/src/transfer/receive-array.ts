import { Fault } from '@holdfast/fault';
import type { TensorChunk } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import type { Engine } from '../engine.js';
import type { ArrayName } from '../memory/array-name.js';
import { type ArrayLayout, requireLayout } from './array-layout.js';
import { type NamedArray, parseReference } from './array-reference.js';
import { createPieceMemory, type PieceMemory } from './piece-memory.js';
import { chunkBytesMax, decodeElements, parseWireType, type WireType } from './wire-type.js';

/** What takes arrays in. */
export interface Receiver {
  readonly engine: Engine;
  /** Runs to which an array is being written. */
  readonly busy: Set<string>;
}

/** An array that is taken in, and where its pieces gather: in `staging`, or in the array, which has no version until it is whole. */
export interface Place {
  readonly target: NamedArray;
  readonly array: ArrayName;
}

/** What every piece of a stream must be of. */
interface Transfer {
  readonly target: NamedArray;
  readonly layout: ArrayLayout;
  readonly type: WireType;
  /** Of elements on their way into the engine. */
  readonly memory: PieceMemory;
}

/**
 * Does work that writes to a run's arrays by pieces, of which there is one at a time.
 *
 * @throws Fault `aborted` while there is another.
 */
export async function claimRun<T>(
  { busy }: Receiver,
  runId: string,
  work: () => Promise<T>,
): Promise<T> {
  if (busy.has(runId)) {
    throw new Fault('aborted', `an array of run ${runId} is being written by another call`);
  }
  busy.add(runId);
  try {
    return await work();
  } finally {
    busy.delete(runId);
  }
}

/**
 * Takes an array in, piece by piece, in the run's array `staging`, and hands it over after the last one.
 *
 * @param accept may refuse the array that the first piece names
 * @param finish takes it over; nobody else writes to `staging` until it is done
 * @throws Fault as {@link takePieces} and {@link claimRun} do.
 */
export async function receiveArray<T>(
  receiver: Receiver,
  chunks: AsyncIterable<TensorChunk | undefined>,
  {
    accept,
    finish,
  }: {
    readonly accept: (target: NamedArray) => void;
    readonly finish: (target: NamedArray) => Promise<T>;
  },
): Promise<T> {
  const { engine } = receiver;
  const pieces = chunks[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done) throw refuse('chunk', 'is missing: the stream has none');
  async function* all() {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => pieces };
  }
  const target = parseReference(engine, first.value?.reference, 'chunk.reference');
  accept(target);
  return claimRun(receiver, target.runId, async () => {
    await takePieces(engine, all(), { target, array: 'staging' });
    return finish(target);
  });
}

/**
 * Takes all pieces of an array in.
 *
 * @throws Fault `invalid` if a piece is of another layout, does not follow the one before, is too large, or the
 *   array is incomplete.
 */
export async function takePieces(
  engine: Engine,
  chunks: AsyncIterable<TensorChunk | undefined>,
  { target, array }: Place,
): Promise<void> {
  const { runId } = target;
  const layout = await engine.describeLayout({ runId });
  let transfer: Transfer | undefined;
  let next = 0;
  let writing: Promise<void> | undefined;
  try {
    for await (const chunk of chunks) {
      transfer ??= beginTransfer(chunk, { target, layout });
      const { type, memory } = transfer;
      const bytes = readPiece(chunk, next, transfer);
      // Memory of its own: the engine takes it away, the message belongs to the caller.
      const data = decodeElements(type, bytes, memory.take(bytes.length / type.size));
      await writing;
      // While the next piece arrives.
      writing = engine
        .writeArray({ runId, array, offset: next, data })
        .then((written) => memory.put(written.data));
      // Whoever waits for it hears of it.
      writing.catch(() => {});
      next += bytes.length / type.size;
    }
  } finally {
    await writing;
  }
  if (next === layout.length) return;
  throw refuse('chunk', `is the last one after ${next} of ${layout.length} elements`);
}

function beginTransfer(
  chunk: TensorChunk | undefined,
  of: Pick<Transfer, 'target' | 'layout'>,
): Transfer {
  const type = parseWireType(chunk?.dataType ?? 0, 'chunk.data_type');
  return { ...of, type, memory: createPieceMemory() };
}

/** The bytes of a piece, checked. */
function readPiece(
  chunk: TensorChunk | undefined,
  next: number,
  { target, layout, type }: Transfer,
): Uint8Array {
  const { data = new Uint8Array(), offsetElements = 0n, layoutSha256 = '' } = chunk ?? {};
  requireLayout(layout, layoutSha256, { runId: target.runId, field: 'chunk.layout_sha256' });
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
  return data;
}

function refuse(field: string, description: string): Fault {
  return new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}
