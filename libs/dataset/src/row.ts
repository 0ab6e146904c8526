import type { Columns, Role } from './sample.js';
import type { Split } from './split.js';

/** One image as the manifest or the folder names it, before anything about the file is known. */
export interface Row {
  /** Where it stands, for messages: `manifest.csv:12`, or the path in an image folder. */
  readonly place: string;
  /** Path as it was given, with forward slashes. */
  readonly path: string;
  readonly label: string;
  /** Empty: the image is its own group. */
  readonly group: string;
  readonly roles: readonly Role[];
  /** Where the manifest has no roles, but a split. */
  readonly split?: Split | undefined;
  /** Cells of the columns that were asked for; absent: none was. */
  readonly columns?: Columns | undefined;
}

/** What a source of rows says. */
export interface RowSource {
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Images that a data set may have. */
export const rowsMax = 5_000_000;
