import type { Corruption } from '@holdfast/corruption';

/**
 * What an image is for.
 *
 * `base` only says that the base model was trained on it. `target`, `negative` and `protected` train;
 * `steering` chooses the candidate; `validation` is the gate's; `test` is reported once.
 */
export type Role =
  | 'base'
  | 'target'
  | 'negative'
  | 'protected'
  | 'steering'
  | 'validation'
  | 'test';

/** Every role, in the order in which they are written. */
export const roleNames: readonly Role[] = [
  'base',
  'target',
  'negative',
  'protected',
  'steering',
  'validation',
  'test',
];

/** Parses a cell of roles joined by `+`; an empty one is no role. */
export function parseRoles(cell: string): { readonly roles: Role[]; readonly unknown: string[] } {
  const names = cell.split('+').map((name) => name.trim().toLowerCase());
  const given = new Set(names.filter((name) => name !== ''));
  const roles = roleNames.filter((role) => given.delete(role));
  return { roles, unknown: [...given] };
}

/** Cells of a row of the manifest, by column in lower case, in the order in which they were asked for. */
export type Columns = Readonly<Record<string, string>>;

/** One labelled image. */
export interface Sample {
  /** Row in the sample table. */
  readonly index: number;
  /** Real, absolute path. */
  readonly path: string;
  /** Path as the manifest or the image folder has it, with forward slashes; of a corrupted image with what is done to it: `cod/1.png (fog 3)`. */
  readonly relativePath: string;
  /** sha256 of the file in hexadecimal. */
  readonly sha256: string;
  readonly label: string;
  /** Near-duplicates (frames of one drive, photographs of one sign) share it; else the relative path. */
  readonly group: string;
  /** What the group was called before an exact copy joined it to another; absent where none did, and in a table that was read. */
  readonly givenGroup?: string | undefined;
  /** In the order of {@link roleNames}. */
  readonly roles: readonly Role[];
  /** What the manifest says beside; absent where nobody asked. */
  readonly columns?: Columns | undefined;
  /** What is done to the prepared pixels, or by a model to its input; absent: nothing. */
  readonly corruption?: Corruption | undefined;
}

/** Labelled images of a run, with what each is for. */
export interface Dataset {
  /** Images that a run uses, sorted by relative path, and after them corrupted ones. */
  readonly samples: readonly Sample[];
  /** Every label of the data, sorted: the label space. */
  readonly classes: readonly string[];
  /** Identity of the data: sha256 over relative paths, contents, labels, groups, roles, the columns that were asked for, and corruptions. */
  readonly sha256: string;
  /** What a reader of the report should know about the data. */
  readonly notes: readonly string[];
}

/** Samples with a role and, where given, a label; in order of index. */
export function samplesWithRole(dataset: Dataset, role: Role, label?: string): Sample[] {
  return dataset.samples.filter(
    (sample) => sample.roles.includes(role) && (label === undefined || sample.label === label),
  );
}
