import type { ServiceClients } from '../clients.js';

/** What a controller is made of. */
export interface ControllerOptions extends ServiceClients {
  /** Where runs without a folder of their own go. */
  readonly runsPath: string;
  /** Folders that plans, data, models and runs may stand in. */
  readonly roots: readonly string[];
  readonly version: string;
  /** How a person calls holdfast, for the commands in a report. */
  readonly command: string;
}
