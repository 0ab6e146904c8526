import type { Split } from '../split.js';
import type { ArchiveColumns } from './archive-index.js';

/** Archives that are named alike. */
export interface ArchivePattern {
  /** A name from the root, with `*`, `?`, `[a-z]`, `**`, `{a,b}` and `{000..009}`. */
  readonly pattern: string;
  /** Of the images in them; absent: a column says so, or nothing. */
  readonly split?: Split | undefined;
}

/** Which archives hold the images, and which of their columns say what. */
export interface ArchiveSettings {
  readonly patterns: readonly ArchivePattern[];
  readonly columns: ArchiveColumns;
}
