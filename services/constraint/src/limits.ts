import { taskLimits } from '@holdfast/service-kit';

/** What one run may hold. */
export const limits = {
  ...taskLimits,
  /** Reference records of a run, over all tasks: their exported state fits one message. */
  samplesMax: 1_000_000,
  /** Cosines that wait for the fit of a temperature: 256 MiB. */
  unfittedCosinesMax: 2 ** 25,
} as const;
