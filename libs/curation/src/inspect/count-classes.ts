import { type DataTable, isSound } from '../table/data-table.js';
import { createKeyTable } from '../table/key-table.js';

/** Images and groups of a class. */
export interface ClassCount {
  readonly label: string;
  readonly images: number;
  readonly groups: number;
  /** Images by number of the use. */
  readonly byUse: readonly number[];
  /** Groups by number of the use. */
  readonly groupsByUse: readonly number[];
}

/** Counts the images and groups of every class and use, of rows that can be used. */
export function countClasses(table: DataTable): ClassCount[] {
  const { rows, labels, labelOf, groupOf, useOf, uses } = table;
  const width = uses.length;
  const images = new Uint32Array(labels.length * width);
  const groups = new Uint32Array(labels.length * width);
  const classGroups = new Uint32Array(labels.length);
  const seen = createKeyTable();
  const seenInUse = createKeyTable();
  for (let row = 0; row < rows; row += 1) {
    if (!isSound(table, row)) continue;
    const [label, use, group] = [labelOf[row]!, useOf[row]!, groupOf[row]!];
    images[label * width + use]! += 1;
    if (isNew(seen, label, group)) classGroups[label]! += 1;
    if (isNew(seenInUse, label * width + use, group)) groups[label * width + use]! += 1;
  }
  return labels.map((label, i) => {
    const byUse = [...images.subarray(i * width, (i + 1) * width)];
    return {
      label,
      images: byUse.reduce((sum, count) => sum + count, 0),
      groups: classGroups[i]!,
      byUse,
      groupsByUse: [...groups.subarray(i * width, (i + 1) * width)],
    };
  });
}

function isNew(table: ReturnType<typeof createKeyTable>, high: number, low: number): boolean {
  const { size } = table;
  return table.addKey(high, low) === size;
}
