import type { RunFolder, RunLease, RunOrigin } from '@holdfast/run-store';
import type { ServiceClients } from '../clients.js';
import type { RunEvent } from './run-feed.js';
import type { RunObserver } from './run-observer.js';

/** Why a run was asked to stop: a user cancelled it, or its process is to end. */
export type StopCause = 'cancelled' | 'interrupted';

/** Whether this controller has reached its services before: then one that does not answer is away, not misnamed. */
export interface ServiceContact {
  made: boolean;
}

/** What executing a run needs. */
export interface ExecuteRunOptions {
  readonly runId: string;
  readonly folder: RunFolder;
  /** Folder that relative paths of the plan start from. */
  readonly basePath: string;
  readonly planName: string;
  /** The study that the run is one of. */
  readonly study: string | undefined;
  /** The modules of the user's own that it began with, in its folder. */
  readonly modules: RunOrigin['modules'];
  readonly clients: ServiceClients;
  /** Between two checkpoints at most, and a step. Default 600. */
  readonly checkpointEverySeconds?: number | undefined;
  readonly softwareVersion: string;
  readonly contact: ServiceContact;
  /** How a person calls holdfast. */
  readonly command: string;
  readonly observer?: RunObserver | undefined;
  readonly publish: (event: RunEvent) => void;
  /** Asks it to stop after its current step. */
  readonly signal: AbortSignal;
  /** Aborts when this process is to end: what a run that was cancelled still waits for is given up then. */
  readonly ending: AbortSignal;
  /** Why it was asked to stop, once it was: a user cancelled it, or this process is to end. */
  readonly stopCause: () => StopCause;
}

/** What a run that this process works on needs. */
export interface LeasedRunOptions extends ExecuteRunOptions {
  readonly lease: RunLease;
}
