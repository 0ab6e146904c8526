import { Fault } from '@holdfast/fault';
import {
  type HealthServiceImplementation,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@holdfast/proto/grpc/health/v1/health';
import { raceAbort } from './race-abort.js';
import type { Readiness } from './readiness.js';

/** The health of a server, as gRPC asks for it. */
export interface Health {
  readonly implementation: HealthServiceImplementation;
  isServing(): boolean;
  setServing(serving: boolean): void;
  /** Ends all watches, which would otherwise hold a draining server. */
  endWatches(): void;
}

/** How often a watched service's dependencies are looked at. */
const watchEveryMs = 5000;

/**
 * Makes the health service of a server that has the given services. It starts as not serving.
 *
 * The server as a whole (`''`) is SERVING while it takes calls and has lost nothing of its own: for liveness. A service by
 * its name is SERVING while it has what it needs of others, too: for readiness.
 */
export function createHealthService(serviceNames: readonly string[], readiness: Readiness): Health {
  const known = ['', ...serviceNames];
  let serving = false;
  let ended = false;
  const changes = createChanges();
  async function readStatus(service: string): Promise<ServingStatus> {
    if (!known.includes(service)) return ServingStatus.SERVICE_UNKNOWN;
    const missing = serving ? await listMissing(service) : [];
    // Asked again: it may have begun to drain meanwhile.
    const isWell = serving && missing.length === 0;
    return isWell ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  async function listMissing(service: string): Promise<readonly string[]> {
    if (service === '') return readiness.checkOwn();
    return (await readiness.check()).get(service) ?? [];
  }

  return {
    isServing: () => serving,
    setServing(value) {
      serving = value;
      changes.announce();
    },
    endWatches() {
      ended = true;
      changes.announce();
    },
    implementation: {
      async check({ service }) {
        const status = await readStatus(service);
        if (status === ServingStatus.SERVICE_UNKNOWN) {
          throw new Fault('not-found', `no service '${service}' is here`);
        }
        return { status };
      },
      async list() {
        const statuses = known.map(async (name) => [name, { status: await readStatus(name) }]);
        return { statuses: Object.fromEntries(await Promise.all(statuses)) };
      },
      async *watch({ service }, { signal }) {
        let sent: ServingStatus | undefined;
        while (true) {
          const seen = changes.count();
          const current = await readStatus(service);
          if (current !== sent) {
            sent = current;
            yield { status: current };
          } else if (ended) {
            return;
          } else {
            await raceAbort(changes.wait(seen, watchEveryMs), signal, 'Watch');
          }
        }
      },
    },
  };
}

/** Changes that watchers wait for, as long as a server lives: a promise of the next one would keep something of each wait. */
function createChanges() {
  const waiting = new Set<() => void>();
  let count = 0;
  return {
    count: () => count,
    announce() {
      count += 1;
      for (const wake of waiting) wake();
    },
    /** Resolves when there has been another change than the `seen` first ones, or after some time. */
    wait: (seen: number, mostMs: number) =>
      new Promise<void>((resolve) => {
        if (count > seen) return resolve();
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, mostMs).unref();
        waiting.add(wake);
      }),
  };
}
