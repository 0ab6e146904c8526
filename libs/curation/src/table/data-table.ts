/** What an image is used for; 0 is nothing. Roles and splits are never both asked. */
export const useNames = {
  role: ['', 'training', 'steering', 'validation', 'test'],
  split: ['', 'train', 'val', 'test'],
} as const;

/** What is wrong with a row, if anything. */
export const rowStates = ['sound', 'unusable', 'missing', 'repeated', 'undecodable'] as const;
export type RowState = (typeof rowStates)[number];

/** Something that is wrong with a row. */
export interface RowProblem {
  readonly row: number;
  readonly path: string;
  readonly reason: string;
}

/** Problems of one kind: all of them counted, the first ones listed. */
export interface Problems {
  readonly count: number;
  readonly listed: readonly RowProblem[];
}

/** What is seen of the images of a table, by row; 0 where a row has no readable image. */
export interface TableTraits {
  /** Number of the content: the same for exact copies. */
  readonly contents: Uint32Array;
  readonly contentCount: number;
  /** Perceptual hashes, two words a row. */
  readonly hashes: Uint32Array;
  /** Sketches, 64 values a row. */
  readonly sketches: Uint8Array;
  readonly sharpness: Float32Array;
  readonly brightness: Float32Array;
  readonly contrast: Float32Array;
  /** Height and width in pixels, two values a row. */
  readonly sizes: Uint32Array;
}

/** Values of a column that is not read otherwise. */
export interface Slice {
  readonly column: string;
  /** Rows by value, the most frequent first; missing values are the value ''. */
  readonly values: ReadonlyMap<string, number>;
  /** Whether there are more values than are counted. */
  readonly isOpen: boolean;
}

/** A manifest as numbers: what is kept of a row has a fixed size, so that memory is bounded by the number of rows. */
export interface DataTable {
  readonly rows: number;
  /** Labels by number; the last one stands for all others where there are too many. */
  readonly labels: readonly string[];
  readonly labelOf: Uint32Array;
  /** Number of the group; rows without one have numbers of their own. */
  readonly groupOf: Uint32Array;
  readonly groupCount: number;
  /** Whether the manifest names groups. */
  readonly hasGroups: boolean;
  /** Names of the uses, by number. */
  readonly uses: readonly string[];
  readonly useOf: Uint8Array;
  /** Index in {@link rowStates}. */
  readonly states: Uint8Array;
  readonly problems: Readonly<Record<Exclude<RowState, 'sound'>, Problems>>;
  readonly slices: readonly Slice[];
  /** Absent where no image was read. */
  readonly traits?: TableTraits | undefined;
}

/** Labels that are told apart; a data set of more is one of captions. */
export const labelsMax = 10_000;

/** Whether a row has an image that was found and, where images were read, decoded. */
export function isSound({ states }: Pick<DataTable, 'states'>, row: number): boolean {
  return states[row] === 0;
}
