import type { TermServiceImplementation } from '@holdfast/proto/holdfast/term/v1/term';
import { createCloseRun } from './close-run.js';
import { createTermStore } from './create-term-store.js';
import { createEvaluate } from './evaluate.js';
import { createGetInfo } from './get-info.js';
import { createOpenTerm } from './open-term.js';

/** What a term service is made with. */
export interface TermServiceOptions {
  /**
   * Whether modules are taken. They run as this process: only for whoever may run programs here anyway. Default false.
   */
  readonly allowModules?: boolean;
  /** Terms that may be open at once, a thread each. Default 16. */
  readonly termsMax?: number;
}

/** A term service, and what ends its threads. */
export interface HostedTermService {
  readonly implementation: TermServiceImplementation;
  close(): Promise<void>;
}

/** Makes the service that evaluates users' modules. */
export function createTermService(options: TermServiceOptions = {}): HostedTermService {
  const { allowModules = false, termsMax = 16 } = options;
  const store = createTermStore({ allowsModules: allowModules, termsMax });
  return {
    implementation: {
      getInfo: createGetInfo(store),
      openTerm: createOpenTerm(store),
      evaluate: createEvaluate(store),
      closeRun: createCloseRun(store),
    },
    close: () => store.close(),
  };
}
