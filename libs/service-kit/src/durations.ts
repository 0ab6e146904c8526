import type { Duration } from '@holdfast/proto/google/protobuf/duration';

/** Milliseconds as google.protobuf.Duration, to a nanosecond. */
export function toDuration(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}

/** Milliseconds of a google.protobuf.Duration. */
export function fromDuration({ seconds, nanos }: Duration): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}
