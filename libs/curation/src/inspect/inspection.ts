import type { Measure } from './describe-measure.js';

/** Something that is wrong with a row, for a person. */
export interface NamedProblem {
  /** `manifest.csv:12`, or the path in an image folder. */
  readonly place: string;
  readonly path: string;
  readonly reason: string;
}

/** An image of the data, for a person. */
export interface NamedImage {
  readonly place: string;
  readonly path: string;
  readonly label: string;
  /** Empty: it has none. */
  readonly use: string;
}

/** Two images, and how alike they are: 1 for exact copies and for one group. */
export interface NamedPair {
  readonly first: NamedImage;
  readonly second: NamedImage;
  readonly similarity: number;
}

/** All that there are, counted, and some of them. */
export interface Counted<T> {
  readonly count: number;
  readonly listed: readonly T[];
}

/** Images and groups of one use. */
export interface UseCount {
  readonly use: string;
  readonly images: number;
  readonly groups: number;
}

/** What is found in data. All lists are cut at 50. */
export interface Inspection {
  readonly rows: number;
  /** Rows that can be used. */
  readonly images: number;
  readonly groups: number;
  readonly classes: readonly {
    readonly class: string;
    readonly images: number;
    readonly groups: number;
    readonly uses: readonly UseCount[];
  }[];
  readonly slices: readonly {
    readonly column: string;
    /** Whether these are all of its values. */
    readonly isComplete: boolean;
    readonly values: readonly { readonly value: string; readonly images: number }[];
  }[];
  readonly problems: {
    /** Rows that are wrong by themselves. */
    readonly unusable: Counted<NamedProblem>;
    readonly missing: Counted<NamedProblem>;
    /** Files that an earlier row names. */
    readonly repeated: Counted<NamedProblem>;
    readonly undecodable: Counted<NamedProblem>;
  };
  /** Groups that are in two uses. */
  readonly groupLeaks: Counted<NamedPair>;
  /** Null: images were not read. */
  readonly copies: {
    readonly repeats: Counted<NamedPair>;
    readonly leaks: Counted<NamedPair>;
    readonly conflicts: Counted<NamedPair>;
  } | null;
  readonly near: {
    /** What was compared. */
    readonly by: 'hash' | 'embedding';
    readonly similarityMin: number;
    /** Bits of perceptual hashes that may differ; null of embeddings. */
    readonly distanceMax: number | null;
    readonly pairs: Counted<NamedPair>;
    readonly leaks: Counted<NamedPair>;
  } | null;
  readonly quality: {
    readonly measures: readonly (Omit<Measure, 'listed'> & {
      readonly listed: readonly (NamedImage & { readonly value: number })[];
    })[];
    readonly elongated: Counted<NamedImage>;
  } | null;
  readonly notes: readonly string[];
}

/** Images and groups that are in two uses. */
export function countLeaks({ groupLeaks, copies, near }: Inspection): number {
  return groupLeaks.count + (copies?.leaks.count ?? 0) + (near?.leaks.count ?? 0);
}
