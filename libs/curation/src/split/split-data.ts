import { Fault } from '@holdfast/fault';
import { type CompareSettings, compareImages } from '../duplicates/compare-images.js';
import { findCopies } from '../duplicates/find-duplicates.js';
import type { VisitPair } from '../duplicates/visit-near-hashes.js';
import type { DataSource } from '../source/data-source.js';
import { type DataTable, useNames } from '../table/data-table.js';
import { readCells } from '../table/read-cells.js';
import { type InspectImage, readTable } from '../table/read-table.js';
import { balanceUnits, type SplitUnit } from './balance-units.js';
import { describeBalance, type SplitBalance } from './describe-balance.js';
import { type JoinedUnits, joinUnits } from './join-units.js';
import { readStrata } from './read-strata.js';

/** How data are divided. */
export interface SplitDataSettings extends CompareSettings {
  /** Of each class's images and groups; the rest trains. */
  readonly val: number;
  readonly test: number;
  readonly seed: number;
  /** Columns whose values are balanced within each class. */
  readonly by: readonly string[];
  /** Reads one image; absent: copies are not looked for. */
  readonly inspect?: InspectImage | undefined;
}

/** Data that are divided. */
export interface SplitData {
  /** Index in {@link useNames.split} of each row; 0: not used. */
  readonly partOf: Uint8Array;
  readonly units: JoinedUnits;
  readonly balance: SplitBalance;
  readonly notes: readonly string[];
}

/** Parts in the order of {@link useNames.split}, without the empty one. */
export const splitParts = ['train', 'val', 'test'] as const;

/**
 * Divides data into train, val and test: no group, no copy and no near duplicate is in two parts, and of each class every part
 * has nearly its share. A row that is in a split stays there, with all that belongs to it.
 *
 * @throws Fault `invalid` if rows have roles, if the shares leave nothing, or if what belongs together is in two splits;
 *   as the source does.
 */
export async function splitData(
  source: DataSource,
  settings: SplitDataSettings,
): Promise<SplitData> {
  const { val, test, seed, by, inspect, signal, onProgress } = settings;
  const shares = [1 - val - test, val, test];
  // 1 - 0.7 - 0.3 is not exactly 0.
  if (!(shares[0]! > 1e-9)) {
    throw new Fault('invalid', `--val ${val} and --test ${test} leave nothing to train on`);
  }
  await refuseRoles(source, signal);
  const total = await source.countRows();
  const table = await readTable(source, {
    inspect,
    signal,
    onProgress: (done) => onProgress('reading rows', done, Math.max(done, total)),
  });
  const near = await findPairs(source, table, settings);
  const units = joinUnits(table, near.visitPairs);
  if (units.firstRows.length === 0) {
    const message = `no row of ${source.name} can be used: \`data inspect\` says why; paths start from ${source.root}`;
    throw new Fault('invalid', message);
  }
  const strata = await readStrata(source, table, by, signal);
  const listed = listUnits(source, table, units, strata.strataOf);
  const dealt = balanceUnits(listed, { shares, strataCount: strata.names.length, seed });
  const partOf = Uint8Array.from(units.unitOf, (unit) => (unit < 0 ? 0 : dealt[unit]! + 1));
  return {
    partOf,
    units,
    balance: describeBalance(listed, dealt, { shares, strata: strata.names }),
    notes: [...source.notes, ...near.notes],
  };
}

/** In a pass of its own, before any image is looked for: a column of roles may be empty. */
async function refuseRoles(source: DataSource, signal: AbortSignal | undefined): Promise<void> {
  if (source.header.columns.role === undefined) return;
  for await (const batch of source.batches({ signal, countsLines: false })) {
    if (!batch.some((row) => readCells(row, source.header).hasRole)) continue;
    throw new Fault(
      'invalid',
      `${source.name} has roles, which count before a split: remove the column role, or keep the data as they are`,
    );
  }
}

async function findPairs(
  source: DataSource,
  table: DataTable,
  settings: CompareSettings,
): Promise<{ visitPairs?: (visit: VisitPair) => void; notes: readonly string[] }> {
  if (table.traits === undefined)
    return { notes: ['images were not opened: copies and near duplicates were not looked for'] };
  const { distinct } = findCopies(table, table.traits);
  return compareImages(source, table, distinct, settings);
}

function listUnits(
  source: DataSource,
  table: DataTable,
  { unitOf, firstRows }: JoinedUnits,
  strataOf: (row: number) => readonly number[],
): SplitUnit[] {
  const images = firstRows.map(() => new Map<number, number>());
  const fixed: (number | undefined)[] = firstRows.map(() => undefined);
  let conflicts = 0;
  for (let row = 0; row < table.rows; row += 1) {
    const unit = unitOf[row]!;
    if (unit < 0) continue;
    for (const stratum of strataOf(row)) {
      images[unit]!.set(stratum, (images[unit]!.get(stratum) ?? 0) + 1);
    }
    const use = table.useOf[row]!;
    if (use === 0) continue;
    if (fixed[unit] !== undefined && fixed[unit] !== use - 1) conflicts += 1;
    fixed[unit] ??= use - 1;
  }
  if (conflicts > 0) {
    throw new Fault(
      'invalid',
      `${conflicts} rows of ${source.name} are in another split than what they belong to: \`data inspect\` lists such leaks; empty the column split where it is wrong, or remove it to divide anew`,
    );
  }
  return firstRows.map((_, unit) => ({
    label: findLabel(images[unit]!, table.labels.length),
    images: images[unit]!,
    fixed: fixed[unit],
  }));
}

/** The label of most images, of several the first; strata of labels come first. */
function findLabel(images: ReadonlyMap<number, number>, labelCount: number): number {
  let best = -1;
  for (const [stratum, count] of images) {
    if (stratum >= labelCount) continue;
    if (best < 0 || count > images.get(best)! || (count === images.get(best)! && stratum < best)) {
      best = stratum;
    }
  }
  return best;
}
