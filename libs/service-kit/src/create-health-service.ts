import { Fault } from '@holdfast/fault';
import {
  type HealthServiceImplementation,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@holdfast/proto/grpc/health/v1/health';
import { raceAbort } from './race-abort.js';

/** The health of a server: one status for the whole server and all its services. */
export interface Health {
  readonly implementation: HealthServiceImplementation;
  isServing(): boolean;
  setServing(serving: boolean): void;
  /** Ends all watches, which would otherwise hold a draining server. */
  endWatches(): void;
}

/** Makes the health service of a server that has the given services. It starts as not serving. */
export function createHealthService(serviceNames: readonly string[]): Health {
  const known = new Set(['', ...serviceNames]);
  let status: ServingStatus = ServingStatus.NOT_SERVING;
  let ended = false;
  let change = createChange();
  const announce = () => {
    change.resolve();
    change = createChange();
  };
  const statusOf = (service: string) =>
    known.has(service) ? status : ServingStatus.SERVICE_UNKNOWN;

  return {
    isServing: () => status === ServingStatus.SERVING,
    setServing(serving) {
      status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
      announce();
    },
    endWatches() {
      ended = true;
      announce();
    },
    implementation: {
      async check({ service }) {
        if (!known.has(service)) throw new Fault('not-found', `no service '${service}' is here`);
        return { status };
      },
      async list() {
        return { statuses: Object.fromEntries([...known].map((name) => [name, { status }])) };
      },
      async *watch({ service }, { signal }) {
        let sent: ServingStatus | undefined;
        while (true) {
          const changed = change.promise;
          const current = statusOf(service);
          if (current !== sent) {
            sent = current;
            yield { status: current };
          } else if (ended) {
            return;
          } else {
            await raceAbort(changed, signal, 'Watch');
          }
        }
      },
    },
  };
}

function createChange(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
