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

/** What a step may hold, and the reference before the first one. */
export const stepLimits = {
  /** Float32 pixels of the images that an encoder goes back through, which stand in memory at once: 2 GiB. */
  pixelsMax: 2 ** 29,
  /** Pairs of an objective: every one is compared with every other, so that the work grows with the square. */
  pairsMax: 16_384,
  /** Reference records of a run, over all tasks: their exported state fits one message. */
  referencesMax: 1_000_000,
  /** Cosines that wait for the fit of temperatures: 256 MiB. */
  unfittedCosinesMax: 2 ** 25,
} as const;

/** Characters of a text that an encoder embeds; the tower reads a few hundred tokens at the most. */
export const textLengthMax = 16_384;
