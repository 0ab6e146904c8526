import { formatCells } from '@holdfast/dataset';
import type { DataSource } from '../source/data-source.js';
import { writeNewRows } from '../source/write-new-rows.js';
import { useNames } from '../table/data-table.js';
import { readCells } from '../table/read-cells.js';
import { readRows } from '../table/read-rows.js';
import type { SplitData } from './split-data.js';

/**
 * Writes a manifest with the split: every row with all its columns, `split` set, and `group` the name of what it belongs
 * to: that of its first row, or its path. A row that cannot be used is in no split.
 *
 * @throws Fault `precondition` if the file exists or cannot be written.
 */
export async function writeSplit(
  file: { readonly path: string; readonly name: string },
  source: DataSource,
  { partOf, units }: SplitData,
  signal?: AbortSignal,
): Promise<void> {
  const { unitOf, firstRows } = units;
  const sizes = new Uint32Array(firstRows.length);
  for (const unit of unitOf) if (unit >= 0) sizes[unit]! += 1;
  const shared = firstRows.filter((_, unit) => sizes[unit]! > 1);
  const names = await readRows(source, new Set(shared), signal);
  const nameUnit = (unit: number, own: string): string => {
    if (unit < 0 || sizes[unit] === 1) return own;
    const { group, path } = names.get(firstRows[unit]!)!;
    return group === '' ? path : group;
  };
  const header = [...source.header.names];
  const place = (column: string) => {
    const index = header.findIndex((name) => name.toLowerCase() === column);
    return index >= 0 ? index : header.push(column) - 1;
  };
  const [groupIndex, splitIndex] = [place('group'), place('split')];
  async function* format() {
    yield `${formatCells(header)}\n`;
    let row = 0;
    for await (const batch of source.batches({ signal, countsLines: false })) {
      const lines = batch.map((each) => {
        const cells = header.map((_, index) => each.record[index] ?? '');
        cells[groupIndex] = nameUnit(unitOf[row]!, readCells(each, source.header).group);
        cells[splitIndex] = useNames.split[partOf[row]!]!;
        row += 1;
        return `${formatCells(cells)}\n`;
      });
      yield lines.join('');
    }
  }
  await writeNewRows(file, format());
}
