import type {
  ConstrainedTask,
  ConstraintSettings,
  ConstraintState,
  References,
} from '@holdfast/constraints';
import type { RunStore as Store } from '@holdfast/run-kit';

/** What the service holds of one run. Handlers are synchronous between reading and writing it. */
export interface ConstraintRun {
  readonly tasks: readonly ConstrainedTask[];
  readonly settings: ConstraintSettings;
  /** Identifies tasks and settings: sha256 in hexadecimal. */
  readonly fingerprint: string;
  references: References;
  /** After the last step. */
  state: ConstraintState;
  /** Before the last step: what a repetition of it starts from. */
  previous: ConstraintState;
  /** The last step folded in; -1 before the first. */
  lastStep: number;
  /** The last step whose measurement moved the multipliers; -1 before the first. */
  measuredStep: number;
}

/** The runs of this service. */
export type RunStore = Store<ConstraintRun>;
