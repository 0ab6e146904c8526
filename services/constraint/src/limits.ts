/** What one run may hold. */
export const limits = {
  /** Characters of a task's name; the evaluator's limit too. */
  nameLengthMax: 1000,
  tasksMax: 10_000,
  /** Classes of one task. */
  classesMax: 100_000,
  /** Reference records of a run, over all tasks: their exported state fits one message. */
  samplesMax: 1_000_000,
  /** Cosines that wait for the fit of a temperature: 256 MiB. */
  unfittedCosinesMax: 2 ** 25,
} as const;
