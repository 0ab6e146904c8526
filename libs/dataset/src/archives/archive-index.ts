/** Columns by what they say of an image. */
export interface ArchiveColumns {
  readonly image?: string | undefined;
  readonly label?: string | undefined;
  readonly group?: string | undefined;
  readonly role?: string | undefined;
  readonly split?: string | undefined;
}

/** What is read of an image besides itself. */
export type CellName = Exclude<keyof ArchiveColumns, 'image'>;

/** Every cell's name, in the order in which an index keeps them. */
export const cellNames: readonly CellName[] = ['label', 'group', 'role', 'split'];

/** An image in an archive. */
export interface ArchivedImage {
  /** Its name in the archive: a file's, or a row's number. */
  readonly name: string;
  /** As `formatPlace` writes it. */
  readonly place: string;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
  /** In the order of {@link cellNames}, then of the columns that were asked for; empty where there is none. */
  readonly cells: readonly string[];
}

/** What an archive holds. */
export interface ArchiveIndex {
  /** In the archive's order. */
  readonly images: readonly ArchivedImage[];
  /** Columns that are not read, sorted. */
  readonly unused: readonly string[];
  /** What was left out, each as one sentence without the archive's name. */
  readonly notes: readonly string[];
}

/** Names that are looked for where a plan gives none. */
const defaults: Readonly<Record<keyof ArchiveColumns, readonly string[]>> = {
  image: ['image', 'img', 'jpg', 'jpeg', 'png', 'webp'],
  label: ['label', 'cls'],
  group: ['group'],
  role: ['role'],
  split: ['split'],
};

/** A column's name as a plan asks for it: any case, and either of Unicode's forms. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** The columns that may say something of an image; the first that there is does. */
export function listCandidates(column: keyof ArchiveColumns, given: ArchiveColumns) {
  const name = given[column];
  return name === undefined ? defaults[column] : [name];
}
