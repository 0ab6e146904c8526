import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { Fault } from '@holdfast/fault';
import type { Engine, EngineDescription } from '../engine.js';
import type { EngineOptions } from '../engine-core.js';
import { locateBuilt } from '../locate-built.js';
import { chooseProvider } from '../provider/choose-provider.js';
import { createTryProvider } from '../provider/try-provider.js';
import type { ProviderRequest } from '../runtime/execution-provider.js';
import { createThreadCalls } from './call-thread.js';
import { defaultActivationBudget } from './default-activation-budget.js';
import type { EngineMethod, ThreadMessage } from './messages.js';

/** Limits of an engine, and what is to run its graphs. */
export interface CreateEngineOptions extends Partial<Omit<EngineOptions, 'provider'>> {
  readonly executionProvider?: ProviderRequest;
}

/** More threads than this gain little at the sizes of a CLIP's blocks. */
const threadsDefaultMax = 4;
/** Threads of an engine that is not told: the machine's cores, or its share of them, at most 4. */
export function countDefaultThreads(cores = availableParallelism()): number {
  return Math.min(cores, threadsDefaultMax);
}

/**
 * Starts an engine in a thread of its own: computing never holds up the caller's event loop.
 *
 * `threads` defaults to the machine's cores, at most 4, and `executionProvider` to the processor. The
 * numbers that an engine computes may depend on both; whoever needs the same bits again keeps them.
 *
 * @throws Fault `internal` if the thread does not start, `precondition` if the provider does not work.
 */
export async function createEngine(options: CreateEngineOptions = {}): Promise<Engine> {
  const { threads = countDefaultThreads(), executionProvider } = options;
  const workerData: EngineOptions = {
    threads,
    ...(executionProvider && {
      provider: await chooseProvider(executionProvider, createTryProvider({ threads })),
    }),
    activationBudgetBytes: options.activationBudgetBytes ?? defaultActivationBudget(),
  };
  // The thread runs what was built, whatever conditions this process resolves its imports with.
  const worker = new Worker(locateBuilt('worker/engine-thread.js'), {
    workerData,
    name: 'holdfast-engine',
    execArgv: [],
    // A thread's own variables are a copy that native libraries do not see.
    env: SHARE_ENV,
  });
  const calls = createThreadCalls(worker);
  const description = await waitUntilReady(worker);
  worker.on('message', (message: ThreadMessage) => {
    calls.receive(message);
    // A process may end while its engine idles, not while it computes.
    if (!calls.busy) worker.unref();
  });
  worker.on('error', (cause) => {
    const reason = `the engine's thread failed: ${cause instanceof Error ? cause.message : cause}`;
    calls.fail(new Fault('internal', reason, { cause }));
  });
  worker.on('exit', () => calls.fail(new Fault('unavailable', "the engine's thread has ended")));
  worker.unref();

  const method =
    (name: EngineMethod) =>
    (request?: unknown): Promise<never> => {
      worker.ref();
      return calls.call(name, request) as Promise<never>;
    };
  return {
    id: randomUUID(),
    description,
    openModel: method('openModel'),
    closeRun: method('closeRun'),
    prepareEncoding: method('prepareEncoding'),
    extractFeatures: method('extractFeatures'),
    encode: method('encode'),
    backpropagate: method('backpropagate'),
    computeSquaredNorm: method('computeSquaredNorm'),
    computeInnerProduct: method('computeInnerProduct'),
    reserveGradients: method('reserveGradients'),
    keepGradient: method('keepGradient'),
    multiplyGradients: method('multiplyGradients'),
    combineGradients: method('combineGradients'),
    applyAdamw: method('applyAdamw'),
    zeroArray: method('zeroArray'),
    copyArray: method('copyArray'),
    addArray: method('addArray'),
    interpolateArrays: method('interpolateArrays'),
    readArray: method('readArray'),
    writeArray: method('writeArray'),
    saveElements: method('saveElements'),
    loadElements: method('loadElements'),
    setVersion: method('setVersion'),
    readVersion: method('readVersion'),
    readLength: method('readLength'),
    describeLayout: method('describeLayout'),
    requireAlive() {
      if (calls.failure !== undefined) throw calls.failure;
    },
    async close() {
      await method('close')().catch(() => undefined);
      await worker.terminate();
    },
  };
}

async function waitUntilReady(worker: Worker): Promise<EngineDescription> {
  try {
    const [message] = (await once(worker, 'message')) as [{ ready: EngineDescription }];
    return message.ready;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('internal', `the engine's thread did not start: ${reason}`, { cause });
  }
}
