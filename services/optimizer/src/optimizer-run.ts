import type { ClipDirectory, HalfParameter, ParameterLayout } from '@holdfast/clip';
import type { SerialQueue } from '@holdfast/engine';
import type { MutableNormalizerState } from '@holdfast/objectives';
import type {
  EstimateObjectiveResponse,
  OpenRunResponse,
  StepResponse,
} from '@holdfast/proto/holdfast/optimizer/v1/optimizer';
import type { RunStore as Store } from '@holdfast/run-kit';
import type { OpenRunSettings } from './parse-open-run.js';

/** What this service holds of an open run; the arrays are in the engine. */
export interface OptimizerRun {
  readonly settings: OpenRunSettings;
  readonly directory: ClipDirectory;
  /** Of the parameters that train. */
  readonly layout: ParameterLayout;
  /** Those of them that the model's files hold in half precision. */
  readonly halves: readonly HalfParameter[];
  readonly opened: OpenRunResponse;
  /** Calls that read or change the state take their turns. */
  readonly enqueue: SerialQueue;
  normalizers: MutableNormalizerState;
  /** Steps taken; the next step has this number. */
  stepsTaken: number;
  /** Versions that were prepared in `evaluation`, each with its number. */
  evaluations: number;
  /** The last step whose objective was folded in; -1 before the first. */
  estimatedStep: number;
  /** Checkpoints of an object store that have a copy here. */
  readonly storedCheckpoints: Set<string>;
  /** Answer to the last EstimateObjective; absent before the first and after Restore. */
  lastEstimate?: EstimateObjectiveResponse | undefined;
  /** Answer to the last Step; absent before the first. */
  lastStep?: StepResponse | undefined;
}

/** The runs of this service. */
export type RunStore = Store<OptimizerRun>;
