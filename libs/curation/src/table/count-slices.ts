import { isMissing, type OtherColumn, type StreamedRow } from '@holdfast/dataset';
import type { Slice } from './data-table.js';

/** Columns that are counted, and values of each. */
const columnsMax = 32;
const valuesMax = 100;

/** Counts the values of the columns that a run does not read: weather, time, camera. */
export function createSliceCounter(others: readonly OtherColumn[]) {
  const columns = others
    .filter(({ name }) => name !== '')
    .slice(0, columnsMax)
    .map(({ name, index }) => ({ name, index, values: new Map<string, number>(), isOpen: false }));
  return {
    add({ record }: StreamedRow) {
      for (const column of columns) {
        const cell = record[column.index] ?? '';
        const value = isMissing(cell) ? '' : cell;
        const count = column.values.get(value);
        if (count === undefined && column.values.size >= valuesMax) column.isOpen = true;
        else column.values.set(value, (count ?? 0) + 1);
      }
    },
    read: (): Slice[] =>
      columns.map(({ name, values, isOpen }) => ({
        column: name,
        isOpen,
        values: new Map([...values].sort(([, a], [, b]) => b - a)),
      })),
  };
}
