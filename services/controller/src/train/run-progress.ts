import type { MeasuredVersion } from '@holdfast/selection';

/** A version of the parameters that may be released, as steering data show it. */
export interface Candidate extends MeasuredVersion {
  /** Steering images that it was measured on. */
  readonly images: number;
}

/** A measurement in training on steering data: of the weights' average, where the plan averages. */
export interface SteeringMeasurement {
  readonly step: number;
  readonly targetChange: number;
  readonly accuracyChanges: readonly number[];
}

/** What the controller itself knows of a run's progress; stored with every checkpoint. */
export interface RunProgress {
  readonly stepsTaken: number;
  readonly candidates: readonly Candidate[];
  /** Steps of the leading checkpoints, best first: the only ones that may be released, and kept. */
  readonly leaders: readonly number[];
  readonly measurements: readonly SteeringMeasurement[];
}

/** The progress of a run that has not begun. */
export const noProgress: RunProgress = {
  stepsTaken: 0,
  candidates: [],
  leaders: [],
  measurements: [],
};

/** A candidate's name, for a person: "step 400, averaged weights, alpha 0.9". */
export function describeCandidate({
  step,
  average,
  alpha,
}: Pick<Candidate, 'step' | 'average' | 'alpha'>): string {
  return `step ${step}, ${average ? 'averaged weights' : 'last weights'}${alpha === 1 ? '' : `, alpha ${alpha}`}`;
}
