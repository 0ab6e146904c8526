import { type CompareSettings, compareImages } from '../duplicates/compare-images.js';
import {
  type Copies,
  type CountedPairs,
  findCopies,
  findNear,
  type NearDuplicates,
} from '../duplicates/find-duplicates.js';
import type { DataSource } from '../source/data-source.js';
import type { DataTable } from '../table/data-table.js';
import { findGroupLeaks } from './find-group-leaks.js';
import { measureTable, type TableQuality } from './measure-table.js';

/** What is found in a table, by row. */
export interface TableFindings {
  readonly groupLeaks: CountedPairs;
  readonly images?:
    | {
        readonly copies: Copies;
        readonly near: FoundNear;
        readonly quality: TableQuality;
      }
    | undefined;
}

/** Near duplicates, and what was compared. */
export interface FoundNear extends NearDuplicates {
  readonly by: 'hash' | 'embedding';
  readonly similarityMin: number;
  readonly distanceMax: number | null;
  readonly notes: readonly string[];
}

/** Finds what is in two uses, copies, near duplicates and what stands out. */
export async function findInTable(
  source: DataSource,
  table: DataTable,
  settings: CompareSettings,
): Promise<TableFindings> {
  const groupLeaks = findGroupLeaks(table);
  const { traits } = table;
  if (traits === undefined) return { groupLeaks };
  const copies = findCopies(table, traits);
  const compared = await compareImages(source, table, copies.distinct, settings);
  const { visitPairs, ...how } = compared;
  const near = { ...findNear(table, traits, visitPairs), ...how };
  return { groupLeaks, images: { copies, near, quality: measureTable(table, traits) } };
}
