import type { RunFolder } from '@holdfast/run-store';
import type { ServiceClients } from '../clients.js';
import type { RunEvent } from './run-feed.js';

/** What executing a run needs. */
export interface ExecuteRunOptions {
  readonly runId: string;
  readonly folder: RunFolder;
  /** Folder that relative paths of the plan start from. */
  readonly basePath: string;
  readonly planName: string;
  readonly clients: ServiceClients;
  readonly softwareVersion: string;
  /** How a person calls holdfast. */
  readonly command: string;
  readonly publish: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}
