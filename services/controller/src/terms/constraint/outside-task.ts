import type { StepDraw } from '@holdfast/sampling';
import type { TermEmbeddings, TermEstimate, TermRun } from '../term.js';

/** A step, as a constraint whose value is found elsewhere sees it. */
export interface OutsideStep {
  readonly run: TermRun;
  readonly step: number;
  readonly draw: StepDraw;
  /** The constraints': the protected images, task by task as drawn, and the class prompts. */
  readonly embeddings: TermEmbeddings;
}

/** h of a step, positive where the candidate is worse, and its gradient. */
export type OutsideValue = Pick<TermEstimate, 'value' | 'imageGradients' | 'textGradients'>;

/**
 * A constraint h <= -kappa whose value is found elsewhere, as by a module of the user's. The constraint service keeps its
 * running estimate u as of every other, and answers how much its gradient weighs.
 */
export interface OutsideTask {
  /** Unique among the run's tasks. */
  readonly name: string;
  /** kappa. */
  readonly requiredSlack: number;
  /** Its value; undefined where the step drew nothing that it sees: such a step does not visit it. */
  evaluate(step: OutsideStep): Promise<OutsideValue | undefined>;
}
