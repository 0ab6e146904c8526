import { listSome } from '@holdfast/dataset';
import { type DataTable, isSound, labelsMax } from '../table/data-table.js';
import { countClasses } from './count-classes.js';
import type { Inspection } from './inspection.js';

/** Counts rows, classes, uses and values of other columns. */
export function countTable(
  table: DataTable,
): Pick<Inspection, 'rows' | 'images' | 'groups' | 'classes' | 'slices'> {
  const { rows, uses, slices } = table;
  const classes = countClasses(table);
  const used = uses.flatMap((use, number) =>
    use !== '' && classes.some(({ byUse }) => byUse[number]! > 0) ? [{ use, number }] : [],
  );
  return {
    rows,
    images: classes.reduce((sum, { images }) => sum + images, 0),
    groups: countGroups(table),
    classes: classes.map(({ label, images, groups, byUse, groupsByUse }) => ({
      class: label,
      images,
      groups,
      uses: used.map(({ use, number }) => ({
        use,
        images: byUse[number]!,
        groups: groupsByUse[number]!,
      })),
    })),
    slices: slices.map(({ column, values, isOpen }) => ({
      column,
      isComplete: !isOpen,
      values: [...values].map(([value, images]) => ({ value, images })),
    })),
  };
}

function countGroups(table: DataTable): number {
  const seen = new Uint8Array(table.groupCount);
  let count = 0;
  for (let row = 0; row < table.rows; row += 1) {
    const group = table.groupOf[row]!;
    if (!isSound(table, row) || seen[group] === 1) continue;
    seen[group] = 1;
    count += 1;
  }
  return count;
}

/** What a reader should know of a table's columns. */
export function noteTable({ labels, slices, hasGroups }: DataTable): string[] {
  const open = slices.filter(({ isOpen }) => isOpen).map(({ column }) => column);
  return [
    ...(labels.length > labelsMax
      ? [
          `there are more than ${labelsMax} labels; are these captions? \`data mine\` makes classes of them`,
        ]
      : []),
    ...(open.length > 0 ? [`of ${listSome(open)} 100 values are counted, and there are more`] : []),
    ...(hasGroups
      ? []
      : [
          'no row names a group: frames of one drive or photographs of one object count as independent',
        ]),
  ];
}
