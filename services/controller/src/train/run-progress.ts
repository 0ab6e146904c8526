import type { MeasuredVersion } from '@holdfast/selection';

/** A version of the parameters that may be released, as steering data show it. */
export type Candidate = MeasuredVersion;

/** A measurement of the weights in training on steering data. */
export interface SteeringMeasurement {
  readonly step: number;
  readonly targetChange: number;
  readonly accuracyChanges: readonly number[];
}

/** What the controller itself knows of a run's progress; stored with every checkpoint. */
export interface RunProgress {
  readonly stepsTaken: number;
  readonly candidates: readonly Candidate[];
  readonly measurements: readonly SteeringMeasurement[];
}

/** The progress of a run that has not begun. */
export const noProgress: RunProgress = { stepsTaken: 0, candidates: [], measurements: [] };

/** A candidate's name, for a person: "step 400, averaged weights, alpha 0.9". */
export function describeCandidate({ step, average, alpha }: Candidate): string {
  return `step ${step}, ${average ? 'averaged weights' : 'last weights'}${alpha === 1 ? '' : `, alpha ${alpha}`}`;
}
