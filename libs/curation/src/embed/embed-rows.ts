import {
  createFileFinder,
  hashFiles,
  type LocatedFile,
  listSome,
  type Sample,
} from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { Matrix } from '@holdfast/tensor';
import type { DataSource } from '../source/data-source.js';
import { readRows } from '../table/read-rows.js';

/** Embeds images with a model; those that it cannot read are named. */
export type EmbedImages = (samples: readonly Sample[]) => Promise<EmbeddedImages>;

/** Embeddings [samples, d], rows of length 1, and samples without one by index. */
export interface EmbeddedImages {
  readonly matrix: Matrix;
  readonly badImages: ReadonlyMap<number, string>;
}

/** What embeds, and from which cosine on two images are near duplicates. */
export interface EmbedSettings {
  readonly embed: EmbedImages;
  readonly similarityMin: number;
}

/** Embedded rows of data. */
export interface EmbeddedRows {
  /** Numbers of the rows, in ascending order: those that the model could read. */
  readonly rows: readonly number[];
  /** [rows, d]. */
  readonly matrix: Matrix;
  /** sha256 of each row's file. */
  readonly contents: readonly string[];
  readonly notes: readonly string[];
}

/** Images that are embedded at the most: their embeddings, pixels and paths are kept. */
export const embeddedMax = 500_000;

/**
 * Embeds the images of some rows.
 *
 * @throws Fault `exhausted` if there are too many; as `embed` does.
 */
export async function embedRows(
  source: DataSource,
  rows: readonly number[],
  { embed }: Pick<EmbedSettings, 'embed'>,
  {
    signal,
    onProgress,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress: (activity: string, done: number, total: number) => void;
  },
): Promise<EmbeddedRows> {
  if (rows.length > embeddedMax) {
    throw new Fault(
      'exhausted',
      `${rows.length} images are more than the ${embeddedMax} that are embedded at once: take a part of ${source.name}, or leave --model out`,
    );
  }
  const named = await readRows(source, new Set(rows), signal);
  const finder = createFileFinder(source.root);
  const files = rows.map((row) => {
    const { path } = named.get(row)!;
    const file = finder.find(path);
    if (typeof file !== 'string') return file;
    throw new Fault('precondition', `${path} ${file}: it was there when the data were read`);
  });
  const hashes = await hashFiles(files satisfies readonly LocatedFile[], {
    signal,
    onProgress: ({ done, total }) => onProgress('hashing images', done, total),
  });
  const samples = rows.map((row, index): Sample => {
    const { path, label } = named.get(row)!;
    const file = { path: files[index]!.path, relativePath: path, sha256: hashes[index]! };
    return { index, ...file, label, group: path, roles: [] };
  });
  const { matrix, badImages } = await embed(samples);
  return keepReadable(rows, samples, { matrix, badImages });
}

function keepReadable(
  rows: readonly number[],
  samples: readonly Sample[],
  { matrix, badImages }: EmbeddedImages,
): EmbeddedRows {
  const contents = samples.map(({ sha256 }) => sha256);
  if (badImages.size === 0) return { rows, matrix, contents, notes: [] };
  const { columns, data } = matrix;
  const kept = samples.filter(({ index }) => !badImages.has(index));
  const left = new Float32Array(kept.length * columns);
  for (const [to, { index }] of kept.entries()) {
    left.set(data.subarray(index * columns, (index + 1) * columns), to * columns);
  }
  const bad = samples.filter(({ index }) => badImages.has(index));
  return {
    rows: kept.map(({ index }) => rows[index]!),
    matrix: { rows: kept.length, columns, data: left },
    contents: kept.map(({ sha256 }) => sha256),
    notes: [
      `${bad.length === 1 ? '1 image' : `${bad.length} images`} cannot be read by the model and not compared: ${listSome(bad.map(({ relativePath }) => relativePath))}`,
    ],
  };
}
