/** What one request may hold. */
export const limits = {
  tasksMax: 1000,
  /** Examples over all tasks; their labels and predictions fit a message of 64 MiB. */
  examplesMax: 1_000_000,
  /** Classes of one task's label space. */
  classesMax: 100_000,
  /** Characters of a task's, class's or group's name. */
  nameLengthMax: 1000,
} as const;
