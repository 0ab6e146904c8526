import type { OnProgress } from './progress.js';

/** Shares of each class's groups, where the manifest names no roles; the rest trains. */
export interface SplitSettings {
  readonly steering: number;
  readonly validation: number;
  readonly seed: number;
}

/** Whether a model is to be trained on the data, or only judged. */
export type LoadPurpose = 'train' | 'judge';

/** What to load, and what the run does with it. */
export interface LoadSettings {
  /** Folder that paths start from and that none may leave. */
  readonly root: string;
  /** CSV or TSV; absent: an image folder root/<class>/<image>. Relative paths start from the root. */
  readonly manifest?: string | undefined;
  readonly split: SplitSettings;
  readonly targetClass: string;
  /** Default: every other label. */
  readonly protectedClasses?: readonly string[] | undefined;
  /** Labels whose training images are the negatives; default: every protected one. */
  readonly negativeClasses?: readonly string[] | undefined;
  /** Data that only judge need no images to train on; default: train. */
  readonly purpose?: LoadPurpose | undefined;
  /** File that remembers hashes by size and time of change; absent: everything is read. */
  readonly hashCachePath?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}
