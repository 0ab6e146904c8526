import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { lastScalar, type Scalar } from '../run/step-scalars.js';

// Fields of tensorflow/core/util/event.proto and framework/summary.proto.
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 };
const summary = { value: 1 };
const value = { tag: 1, simpleValue: 2 };

/** The first event of a file. */
export function encodeFileVersion(at: number): Uint8Array {
  return startEvent(at, 0)
    .tag(event.fileVersion, WireType.LengthDelimited)
    .string('brain.Event:2')
    .finish();
}

/**
 * An event with the scalars of a step.
 *
 * @param at milliseconds since 1970
 */
export function encodeScalars(at: number, step: number, scalars: readonly Scalar[]): Uint8Array {
  const writer = startEvent(at, step).tag(event.summary, WireType.LengthDelimited).fork();
  for (const [name, number] of scalars) {
    writer.tag(summary.value, WireType.LengthDelimited).fork();
    writer.tag(value.tag, WireType.LengthDelimited).string(name);
    writer.tag(value.simpleValue, WireType.Bit32).float(number);
    writer.join();
  }
  return writer.join().finish();
}

function startEvent(at: number, step: number): BinaryWriter {
  const writer = new BinaryWriter();
  writer.tag(event.wallTime, WireType.Bit64).double(at / 1000);
  return writer.tag(event.step, WireType.Varint).int64(step);
}

/** The step whose metrics an event has; undefined of any other event. */
export function readTrainingStep(data: Uint8Array): number | undefined {
  const reader = new BinaryReader(data);
  let step = 0;
  let isTraining = false;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === event.step) step = Number(reader.int64());
    else if (field === event.summary) isTraining = hasTag(reader.bytes(), lastScalar);
    else reader.skip(wireType);
  }
  return isTraining ? step : undefined;
}

/** Whether a summary has a value of this name. */
function hasTag(bytes: Uint8Array, name: string): boolean {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    reader.tag();
    const end = reader.uint32() + reader.pos;
    reader.tag();
    if (reader.string() === name) return true;
    reader.pos = end;
  }
  return false;
}
