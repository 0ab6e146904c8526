import type { Timestamp } from '@holdfast/proto/google/protobuf/timestamp';

/** A moment as google.protobuf.Timestamp. */
export function toTimestamp(moment: Date): Timestamp {
  const ms = moment.getTime();
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1e6 };
}

/** The moment of a google.protobuf.Timestamp, to a millisecond. */
export function fromTimestamp({ seconds, nanos }: Timestamp): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1e6));
}
