import type { RunEvent } from './run-status.js';

/** Shows a run, or other work of a known size, while it goes on. */
export interface RunView {
  show(event: RunEvent): void;
  /** Says something that is no event of the run. */
  note(message: string): void;
  close(): void;
}
