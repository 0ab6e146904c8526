import type { DataSource } from '../source/data-source.js';
import { readCells } from './read-cells.js';

/** What a row says, for a person. */
export interface NamedRow {
  readonly row: number;
  readonly place: string;
  readonly path: string;
  readonly label: string;
  readonly group: string;
}

/** Reads the texts of some rows, by their numbers, in another pass: a table does not keep them. */
export async function readRows(
  source: DataSource,
  wanted: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, NamedRow>> {
  const rows = new Map<number, NamedRow>();
  let number = 0;
  if (wanted.size === 0) return rows;
  for await (const batch of source.batches({ signal })) {
    for (const row of batch) {
      if (wanted.has(number)) {
        const { path, label, group } = readCells(row, source.header);
        rows.set(number, { row: number, place: source.placeRow(row), path, label, group });
      }
      number += 1;
    }
    if (rows.size === wanted.size) break;
  }
  return rows;
}
