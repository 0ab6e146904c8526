import { describeError } from '@holdfast/fault';
import type { Registry } from 'prom-client';
import { createGauge } from './create-metrics.js';

/** Something without which a service cannot do its work. */
export interface Dependency {
  /** For people: `encoder at 127.0.0.1:50051`. */
  readonly name: string;
  /** Whether it is a part of this process, which no one but a new process can replace. */
  readonly isOwn?: boolean;
  /** Rejects with the reason where it is not there. */
  check(): Promise<void>;
}

/** Knows what the services of a server miss. */
export interface Readiness {
  /** What each service misses, a sentence each; empty: it can do its work. At most a second old. */
  check(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** What this process has lost of its own, a sentence each; asks nobody else. */
  checkOwn(): Promise<readonly string[]>;
}

/** A dependency that answers later than this is not there. */
const answerMaxMs = 2000;
/** Probes that come together, and those that come too often, share an answer. */
const freshMs = 1000;

/** Watches over the dependencies of services; asks them only when it is asked itself. */
export function createReadiness(
  services: readonly { readonly name: string; readonly dependencies: readonly Dependency[] }[],
): Readiness {
  let answer: Promise<ReadonlyMap<string, readonly string[]>> | undefined;
  let askedAt = 0;
  const ask = async () =>
    new Map(
      await Promise.all(
        services.map(async ({ name, dependencies }) => {
          const missing = await Promise.all(dependencies.map(findProblem));
          return [name, missing.flatMap((problem) => problem ?? [])] as const;
        }),
      ),
    );
  return {
    check() {
      const now = performance.now();
      if (answer === undefined || now - askedAt > freshMs) {
        askedAt = now;
        answer = ask();
      }
      return answer;
    },
    async checkOwn() {
      const own = services.flatMap(({ dependencies }) => dependencies.filter(({ isOwn }) => isOwn));
      return (await Promise.all(own.map(findProblem))).flatMap((problem) => problem ?? []);
    },
  };
}

/** Says of each service whether it is ready, at every scrape. */
export function measureReadiness(registry: Registry, readiness: Readiness): void {
  createGauge(registry, {
    name: 'holdfast_service_ready',
    help: '1 where a service has what it needs, 0 where /readyz says what it misses.',
    labels: ['grpc_service'],
    async collect(gauge) {
      for (const [grpc_service, missing] of await readiness.check()) {
        gauge.set({ grpc_service }, missing.length === 0 ? 1 : 0);
      }
    },
  });
}

/** Why a dependency is not there; undefined where it is. */
async function findProblem({ name, check }: Dependency): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new Error(`no answer within ${answerMaxMs / 1000} s`));
    timer = setTimeout(refuse, answerMaxMs);
  });
  try {
    await Promise.race([check(), late]);
    return undefined;
  } catch (error) {
    return `${name}: ${describeError(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
