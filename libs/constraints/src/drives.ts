import type { ConstrainedTask } from './constrained-task.js';
import type { ReferenceRecord } from './reference-record.js';

/** One example by the candidate and by the reference; of a ceiling, by the reference and by the candidate. */
export interface ComparedExample {
  readonly candidate: ReferenceRecord;
  readonly reference: ReferenceRecord;
}

/** What the estimate of a task tracks (docs/algorithm/drives.md). */
export interface Drive {
  /** How much worse the candidate is on one example; hhat is the mean, less the task's allowance. */
  worsen(example: ComparedExample): number;
  /** What the mean may be; absent: 0. */
  allow?(task: ConstrainedTask): number;
  /** The gradient is that of the examples that the reference gets right. */
  readonly onlyRight?: true;
  /** Each task has a temperature of its own, fitted on the reference. */
  readonly fitsTemperature?: true;
  /** The weights are multipliers that follow measured accuracies, whatever the penalty. */
  readonly isMeasured?: true;
}

const compareLosses = ({ candidate, reference }: ComparedExample) =>
  candidate.loss - reference.loss;

const compareErrors = ({ candidate, reference }: ComparedExample) =>
  candidate.smoothedError - reference.smoothedError;

/** hhat = mean [ ell(w) - ell(w_old) ], in nats. */
const loss: Drive = { worsen: compareLosses };

/** The same at the temperature that fits the reference best. */
const calibratedLoss: Drive = { worsen: compareLosses, fitsTemperature: true };

/** hhat = mean [ sigma(-mu(w)/0.05) - sigma(-mu(w_old)/0.05) ], in probability. */
const accuracy: Drive = { worsen: compareErrors, onlyRight: true };

/** hhat = mean [ the same ]_+ - flipRate. */
const flips: Drive = {
  worsen: (example) => Math.max(0, compareErrors(example)),
  allow: ({ allowedFlipRate }) => allowedFlipRate,
  onlyRight: true,
};

/** hhat as of `loss`, which decides nothing: the multipliers follow accuracies measured on steering data. */
const measured: Drive = { worsen: compareLosses, isMeasured: true };

/** The drives by their names in plans; `DRIVE_CALIBRATED_LOSS` on the wire is `calibratedLoss`. */
export const drives: Readonly<
  Record<'loss' | 'calibratedLoss' | 'accuracy' | 'flips' | 'measured', Drive>
> = { loss, calibratedLoss, accuracy, flips, measured };

export type DriveName = keyof typeof drives;

/** The names in {@link drives}. */
export const driveNames = Object.keys(drives) as DriveName[];
