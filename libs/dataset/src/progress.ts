/** How far a long piece of work is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** Told after each piece of work. */
export type OnProgress = (progress: Progress) => void;
