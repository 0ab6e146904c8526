import { setTimeout as delay } from 'node:timers/promises';
import { connectivityState } from '@grpc/grpc-js';
import { Fault } from '@holdfast/fault';
import type { Channel } from 'nice-grpc';
import type { Certificates } from './certificate-provider.js';
import { diagnoseConnection } from './diagnose-connection.js';
import { linkSignal, raceAbort } from './race-abort.js';

/** What calls wait for. */
export interface ConnectionOptions {
  readonly channel: Channel;
  readonly address: string;
  /** Name that its certificate is for; default: that of the address. */
  readonly serverName?: string | undefined;
  /** What the client shows and trusts now; undefined: it speaks plainly. */
  tls(): Certificates | undefined;
  /** Milliseconds that a call waits for a connection. */
  readonly connectWaitMs: number;
}

/** A connection that takes longer is looked into, and once more after as long where something seems wrong. */
const suspicionMs = 300;
/** Until the next look where nothing was wrong. */
const pauseMs = 2000;

/**
 * Whether a channel is connected in time; false as soon as it is closed. nice-grpc's `waitForChannelReady` asks a closed
 * channel to connect, which opens it again, and holds the process until the time is over.
 */
async function waitUntilReady(channel: Channel, until: Date): Promise<boolean> {
  for (;;) {
    if (channel.getConnectivityState(false) === connectivityState.SHUTDOWN) return false;
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return true;
    const isInTime = await new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(state, until, (error) => resolve(error === undefined));
    });
    if (!isInTime) return false;
  }
}

/**
 * Makes what waits for the connection of a client. It answers whether there is one, now or within the time.
 *
 * @throws Fault `precondition` as soon as it is clear that there will be none: twice in a row {@link diagnoseConnection} found
 * the same wrong with a server that is there. One that restarts is not there, or wrong once.
 */
export function createConnectionWait(options: ConnectionOptions) {
  const { channel, address, serverName, tls, connectWaitMs } = options;
  let diagnosis: Promise<string | undefined> | undefined;

  /** One look for all calls that wait. */
  function diagnose(): Promise<string | undefined> {
    diagnosis ??= diagnoseConnection(address, tls(), serverName).finally(() => {
      diagnosis = undefined;
    });
    return diagnosis;
  }

  async function watchForMistakes(signal: AbortSignal): Promise<never> {
    for (let last: string | undefined; ; ) {
      await delay(suspicionMs, undefined, { signal });
      const reason = await diagnose();
      if (reason !== undefined && reason === last) throw new Fault('precondition', reason);
      last = reason;
      if (reason === undefined) await delay(pauseMs, undefined, { signal });
    }
  }

  return async (signal: AbortSignal, path: string): Promise<boolean> => {
    const isReady = channel.getConnectivityState(true) === connectivityState.READY;
    if (isReady && !signal.aborted) return true;
    const ready = waitUntilReady(channel, new Date(Date.now() + connectWaitMs));
    const waiting = linkSignal(signal);
    try {
      const first = Promise.race([ready, watchForMistakes(waiting.signal)]);
      return await raceAbort(first, signal, path);
    } finally {
      waiting.abort();
      waiting.unlink();
    }
  };
}
