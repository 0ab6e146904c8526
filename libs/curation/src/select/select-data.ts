import { compareText } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import { gatherRows } from '@holdfast/tensor';
import { findCopies } from '../duplicates/find-duplicates.js';
import { type EmbedImages, embedRows } from '../embed/embed-rows.js';
import type { DataSource } from '../source/data-source.js';
import { type InspectImage, readTable } from '../table/read-table.js';
import { chooseMedoids } from './choose-medoids.js';
import { type FilteredRows, filterQuality, type QualityLimits } from './filter-quality.js';

/** What is chosen, and how. */
export interface SelectSettings {
  /** Images to choose, in all or of each class. */
  readonly count: number;
  readonly byClass: boolean;
  readonly limits: QualityLimits;
  readonly seed: number;
  readonly embed: EmbedImages;
  readonly inspect: InspectImage;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (activity: string, done: number, total: number) => void;
}

/** Chosen images. */
export interface Selection {
  /** Rows, ascending. */
  readonly rows: readonly number[];
  /** Images that there were to choose from, copies counted once. */
  readonly candidates: number;
  readonly leftOut: FilteredRows['leftOut'];
  readonly notes: readonly string[];
}

/**
 * Chooses images that differ from one another and stand for all: of good quality, without exact copies, the one nearest to
 * the centre of each of `count` clusters of embeddings.
 *
 * @throws Fault `invalid` if no image meets the limits; as the source, {@link embedRows} and {@link chooseMedoids} do.
 */
export async function selectData(
  source: DataSource,
  { count, byClass, limits, seed, embed, inspect, signal, onProgress }: SelectSettings,
): Promise<Selection> {
  const total = await source.countRows();
  const table = await readTable(source, {
    inspect,
    signal,
    onProgress: (done) => onProgress('reading rows', done, Math.max(done, total)),
  });
  const filtered = filterQuality(table, limits);
  const firsts = new Set(findCopies(table, table.traits!).distinct);
  const candidates = filtered.rows.filter((row) => firsts.has(row));
  if (candidates.length === 0) {
    throw new Fault('invalid', `no image of ${source.name} can be used and meets the limits`);
  }
  const { rows, matrix, notes } = await embedRows(
    source,
    candidates,
    { embed },
    { signal, onProgress },
  );
  const checkpoint = () => {
    if (signal?.aborted) throw new Fault('cancelled', 'stopped on request');
  };
  const classes = byClass
    ? groupByLabel(rows, (row) => table.labels[table.labelOf[row]!]!)
    : [[...rows.keys()]];
  const chosen = classes.flatMap((members, done) => {
    onProgress('choosing images', done, classes.length);
    const medoids = chooseMedoids(gatherRows(matrix, members), count, { seed, checkpoint });
    return medoids.map((member) => rows[members[member]!]!);
  });
  return {
    rows: chosen.sort((a, b) => a - b),
    candidates: candidates.length,
    leftOut: filtered.leftOut,
    notes: [...source.notes, ...notes],
  };
}

/** Places of the rows of each label, the labels in order. */
function groupByLabel(rows: readonly number[], labelOf: (row: number) => string): number[][] {
  const places = new Map<string, number[]>();
  for (const [place, row] of rows.entries()) {
    const label = labelOf(row);
    const known = places.get(label);
    if (known === undefined) places.set(label, [place]);
    else known.push(place);
  }
  return [...places].sort(([a], [b]) => compareText(a, b)).map(([, members]) => members);
}
