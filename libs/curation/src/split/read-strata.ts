import { isMissing } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { DataSource } from '../source/data-source.js';
import type { DataTable } from '../table/data-table.js';

/** What is balanced: each label, and each label with each value of some columns. */
export interface Strata {
  /** Names, the labels first. */
  readonly names: readonly string[];
  strataOf(row: number): readonly number[];
}

/** Strata that are told apart. */
const strataMax = 100_000;
const columnsMax = 4;

/**
 * Numbers the strata of a table.
 *
 * @throws Fault `invalid` if there is no such column, or if there are too many values.
 */
export async function readStrata(
  source: DataSource,
  { rows, labels, labelOf }: DataTable,
  columns: readonly string[],
  signal?: AbortSignal,
): Promise<Strata> {
  if (columns.length === 0) return { names: labels, strataOf: (row) => [labelOf[row]!] };
  if (columns.length > columnsMax) {
    throw new Fault('invalid', `--by: ${columns.length} columns are more than ${columnsMax}`);
  }
  const indices = columns.map((column) => findColumn(source, column));
  const names = [...labels];
  const numbers = new Map<string, number>();
  const strataOf = new Uint32Array(rows * columns.length);
  let row = 0;
  for await (const batch of source.batches({ signal, countsLines: false })) {
    for (const { record } of batch) {
      for (const [place, index] of indices.entries()) {
        const cell = record[index] ?? '';
        const value = isMissing(cell) ? '(none)' : cell;
        const name = `${labels[labelOf[row]!]}, ${columns[place]}=${value}`;
        let number = numbers.get(name);
        if (number === undefined) {
          number = names.push(name) - 1;
          numbers.set(name, number);
        }
        strataOf[row * columns.length + place] = number;
      }
      row += 1;
    }
    if (names.length > strataMax) {
      throw new Fault(
        'invalid',
        `--by: ${columns.join(', ')} have too many values to balance (more than ${strataMax} with the labels)`,
      );
    }
  }
  const width = columns.length;
  return {
    names,
    strataOf: (each) => [labelOf[each]!, ...strataOf.subarray(each * width, (each + 1) * width)],
  };
}

function findColumn({ header, name }: DataSource, column: string): number {
  const index = header.names.findIndex((each) => each.toLowerCase() === column.toLowerCase());
  if (index >= 0) return index;
  throw new Fault(
    'invalid',
    `--by: ${name} has no column "${column}"; it has ${header.names.join(', ')}`,
  );
}
