import type { Columns, Role } from './sample.js';
import type { Split } from './split.js';

/** An image on its way to becoming a sample. */
export interface Entry {
  /** Data set that it is of; absent: the first. */
  readonly source?: string | undefined;
  /** Where it is named, for messages. */
  readonly place: string;
  readonly relativePath: string;
  /** Real, absolute path. */
  readonly path: string;
  readonly sha256: string;
  readonly label: string;
  readonly group: string;
  /** What the group was called before a copy joined it to another. */
  readonly givenGroup?: string | undefined;
  readonly roles: readonly Role[];
  readonly split?: Split | undefined;
  readonly columns?: Columns | undefined;
}

/** An entry's path, with its row: in a manifest, a row's place is not its image's path. */
export function describeEntry({ place, relativePath }: Entry): string {
  return place === relativePath ? relativePath : `${relativePath} (${place})`;
}
