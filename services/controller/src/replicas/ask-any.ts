import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '@holdfast/fault';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { ReplicaSource } from './replica.js';

/** How long it is asked until one answers. */
const patienceMs = 60_000;
const pauseMs = 1000;

/**
 * Asks all encoders, and takes the answer of the first that has one, with the number of those that are listed.
 *
 * @throws What one failed with, if within a minute none answers.
 */
export async function askAny<T>(
  source: ReplicaSource,
  ask: (encoder: EncoderServiceClient, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly answer: T; readonly count: number }> {
  const until = performance.now() + patienceMs;
  // All that are listed may hang.
  const asking = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  for (;;) {
    const listed = source.list();
    try {
      return {
        answer: await Promise.any(listed.map(({ encoder }) => ask(encoder, asking))),
        count: listed.length,
      };
    } catch (error) {
      const [first = new Fault('unavailable', 'no encoder is there')] = (error as AggregateError)
        .errors;
      if (performance.now() > until) throw first;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new Fault('cancelled', 'stopped while no encoder was there');
  }
}
