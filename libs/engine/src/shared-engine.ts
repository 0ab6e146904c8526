import type { Engine } from './engine.js';

/** An engine that services of a process share, one of which computes for callers between the others' calls. */
export interface SharedEngine {
  readonly engine: Engine;
  /** A service whose calls nothing computed for callers comes between. */
  holdCalls<Service extends object>(service: Service): Service;
}
