import type { StepDraw } from '@holdfast/sampling';
import type { TermEmbeddings, TermEstimate } from '../term.js';

/**
 * A constraint h <= -kappa whose value is found elsewhere, as by a module of the user's. The constraint service keeps its
 * running estimate u as of every other, and answers how much its gradient weighs.
 */
export interface OutsideTask {
  /** Unique among the run's tasks. */
  readonly name: string;
  /** kappa. */
  readonly requiredSlack: number;
  /**
   * h of a step, positive where the candidate is worse, and its gradient.
   *
   * `embeddings` are the constraints': the protected images, task by task as drawn, and the class prompts.
   */
  evaluate(
    step: number,
    draw: StepDraw,
    embeddings: TermEmbeddings,
  ): Promise<Pick<TermEstimate, 'value' | 'imageGradients' | 'textGradients'>>;
}
