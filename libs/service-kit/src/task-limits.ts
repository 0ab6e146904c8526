/** What a run and the judgement of it may hold; every service refuses more. */
export const taskLimits = {
  /** Protected tasks and targets: lists of all classes of all of them fit a message of 64 MiB. */
  tasksMax: 4096,
  /** Tasks that a step may hold each by itself: it goes back once for each, and keeps each one's gradient. */
  tasksApartMax: 64,
  /** Examples over all tasks; their labels and predictions fit a message of 64 MiB. */
  examplesMax: 1_000_000,
  /** Classes of one task's label space. */
  classesMax: 100_000,
  /** Characters of a task's, class's or group's name. */
  nameLengthMax: 1000,
} as const;
