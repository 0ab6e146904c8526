import type { Dataset } from '@holdfast/dataset';
import type { DistilledData, RunPrompts, RunTasks } from '@holdfast/evaluation';
import type { Plan } from '@holdfast/plan';
import type { EncoderServiceClient } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { RunLease, StepResult } from '@holdfast/run-store';
import type { StepDraw } from '@holdfast/sampling';
import type { Matrix } from '@holdfast/tensor';
import type { ServiceClients } from '../clients.js';

/** Images of a step's draw: those of the target's pairs, positives first, the protected tasks' examples, task by task, or images without labels. */
export type DrawnImages = 'target' | 'protected' | 'unlabelled';

/** A text and the head that embeds it; -1 without heads. */
export interface Caption {
  readonly text: string;
  readonly head: number;
}

/** What a term asks of every step, known from the plan alone: the work of a step follows from it. */
export interface TermNeeds {
  /** As a message calls it. */
  readonly name: string;
  /** The images it looks at, in the order of its rows. Terms that look at the same share them. */
  readonly images: readonly DrawnImages[];
  /** Nothing may augment its protected images. */
  readonly plainProtected: boolean;
  /** It compares with the reference's embeddings of its images but the target's, augmented as in the step. */
  readonly comparesReference: boolean;
  /** It wants to be told what steering data say of the last weights. */
  readonly followsMeasurements: boolean;
  /** Its gradient is not added to the others': a step does not go against it (A-GEM). Default: false. */
  readonly isGuard?: boolean;
  /** A guard of several tasks, each of which a step does not go against (GEM): its estimates have `apart`. Default: false. */
  readonly holdsEach?: boolean;
}

/** A term of a plan. */
export interface PlannedTerm extends TermNeeds {
  /** Opens it in the service that estimates it. */
  open(run: TermRun): Promise<Term>;
}

/** What a term may know of its run. */
export interface TermRun {
  readonly runId: string;
  /** What is written into the run's folder, or asked of other services, is held against it. */
  readonly lease: RunLease;
  readonly plan: Plan;
  readonly dataset: Dataset;
  readonly tasks: RunTasks;
  readonly prompts: RunPrompts;
  /** What is distilled on beside the data; undefined where the plan names nothing. */
  readonly distilled?: DistilledData | undefined;
  readonly clients: ServiceClients;
  /** Embeds with any version of the weights. */
  readonly encoders: Pick<EncoderServiceClient, 'encode'>;
  /** Head of each class's texts; -1 without heads. */
  readonly headOf: (classIndex: number) => number;
  /** Head of a negative pair's caption. */
  readonly negativeHeadOf: (classIndex: number) => number;
}

/**
 * One summand of what training makes small: a value of the step's embeddings, and its gradient.
 *
 * A term sees numbers and texts, never images or weights, and nothing of the other terms.
 */
export interface Term extends TermNeeds {
  /** What it looks at in a step: a function of the draw. */
  layOut(draw: StepDraw): TermBatch;
  /** Measures what it needs of the reference before the first step; absent: nothing. */
  recordReference?(options: RecordReferenceOptions): Promise<void>;
  /** Follows what steering data say of the last weights after a step. */
  follow?(step: number, comparison: CompareResponse): Promise<void>;
  /** What a checkpoint keeps of it; absent: nothing. */
  readonly state?: TermState;
}

/** How the reference is recorded. */
export interface RecordReferenceOptions {
  /** The run's data without the images that could not be read. */
  readonly dataset: Dataset;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** The state of a term between steps. */
export interface TermState {
  /** Its file in a checkpoint. */
  readonly file: string;
  save(): Promise<Uint8Array>;
  restore(state: Uint8Array): Promise<void>;
}

/** A term's part of a step. */
export interface TermBatch {
  /** What it wants embedded beside its images; a text that comes twice, or that terms share, is embedded once. */
  readonly texts: readonly Caption[];
  /**
   * The term and its gradient at these embeddings; the same again for a step that is repeated.
   *
   * Shapes: the gradients are those of `embeddings.images`, or no rows where they are omitted, and of `embeddings.texts`.
   */
  estimate(step: number, embeddings: TermEmbeddings): Promise<TermEstimate>;
}

/** Embeddings of what a term asked for, L2-normalised. */
export interface Embeddings {
  /** [images, d]. */
  readonly images: Matrix;
  /** [texts, d]. */
  readonly texts: Matrix;
}

/** What a term estimates from. */
export interface TermEmbeddings extends Embeddings {
  /** Nothing of the images trains: nobody reads their gradients. */
  readonly omitImageGradients: boolean;
  /** The reference's embeddings of the term's images but the target's, and of its texts; only where it `comparesReference`. */
  reference(): Promise<Embeddings>;
}

/** A term's share of a step. */
export interface TermEstimate {
  /** Its share of what training makes small. */
  readonly value: number;
  /** Numbers of which it is made, by the name that a message gives them. */
  readonly parts?: readonly { readonly name: string; readonly value: number }[];
  readonly imageGradients: Matrix;
  readonly textGradients: Matrix;
  /** What each task gives to the gradients, of a term that `holdsEach`. */
  readonly apart?: readonly Pick<TermEstimate, 'imageGradients' | 'textGradients'>[];
  /** What the step's line in `metrics.jsonl` says of it; absent: its name and value. */
  readonly log?: Partial<StepResult>;
}
