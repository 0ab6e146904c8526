import { setTimeout as delay } from 'node:timers/promises';
import { Fault, isFault } from '@holdfast/fault';
import {
  HealthCheckResponse_ServingStatus,
  HealthDefinition,
} from '@holdfast/proto/grpc/health/v1/health';
import { createRemoteClient, type RemoteClientOptions } from '@holdfast/service-kit';

/** A service in another process. */
export interface ServicePlace {
  /** For messages: `optimizer`. */
  readonly name: string;
  /** Of its definition. */
  readonly fullName: string;
  readonly address: string;
}

/**
 * Waits until services answer, each for as long as a client waits for a connection: a minute.
 *
 * @throws Fault `unavailable` naming those that do not; `precondition` where something else answers.
 */
export async function meetServices(
  places: readonly ServicePlace[],
  access: Omit<RemoteClientOptions, 'address'>,
  signal: AbortSignal,
): Promise<void> {
  const met = places.map((place) => meetService(place, access, signal).then(() => [], keepAway));
  const away = (await Promise.all(met)).flat();
  const [first] = away;
  if (first === undefined) return;
  throw new Fault('unavailable', away.map(({ message }) => message).join('\n'), { cause: first });
}

/** All that are away are named; anything else is said at once. */
function keepAway(error: unknown): Fault[] {
  if (isFault(error) && error.kind === 'unavailable') return [error];
  throw error;
}

/** What a failed call says beside its reason: the name and address of a call that nobody asked for. */
const callPrefix = /^\/\S+ at \S+ failed: /;
const callSuffix = /\.? Resolution note: $/;

/** As long as clients wait for a connection. */
const patienceMs = 60_000;
const pauseMs = 1000;

async function meetService(
  { name, fullName, address }: ServicePlace,
  access: Omit<RemoteClientOptions, 'address'>,
  signal: AbortSignal,
): Promise<void> {
  const { client, close } = createRemoteClient(HealthDefinition, { ...access, address });
  try {
    const until = performance.now() + patienceMs;
    for (;;) {
      const { status } = await client.check({ service: fullName }, { signal });
      if (status === HealthCheckResponse_ServingStatus.SERVING) return;
      // One that drains is soon followed by another at its address.
      if (performance.now() > until) throw new Fault('unavailable', 'it is not serving');
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  } catch (error) {
    if (!isFault(error)) throw error;
    if (error.kind === 'not-found') {
      const message = `what answers at ${address} serves no ${name}; is the address right?`;
      throw new Fault('precondition', message, { cause: error });
    }
    if (error.kind !== 'unavailable') throw error;
    const reason = error.message.replace(callPrefix, '').replace(callSuffix, '');
    const message = `the ${name} at ${address} does not answer: ${reason}`;
    throw new Fault('unavailable', message, { cause: error });
  } finally {
    close();
  }
}
