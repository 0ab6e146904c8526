import { type DataTable, isSound } from '../table/data-table.js';

/** Some images of a class. */
export interface SampledClass {
  readonly label: string;
  readonly rows: readonly number[];
}

/** Classes that are shown. */
const classesMax = 60;

/** Chooses up to `count` images of each class, evenly spaced in the order of rows. */
export function sampleClasses(table: DataTable, count: number): SampledClass[] {
  const totals = new Uint32Array(table.labels.length);
  forEachSound(table, (_, label) => {
    totals[label]! += 1;
  });
  const shown = Math.min(table.labels.length, classesMax);
  const sampled = table.labels.slice(0, shown).map((label) => ({ label, rows: [] as number[] }));
  const seen = new Uint32Array(table.labels.length);
  forEachSound(table, (row, label) => {
    const place = seen[label]!;
    seen[label]! += 1;
    const ofClass = sampled[label];
    if (ofClass === undefined || ofClass.rows.length === count) return;
    if (place === Math.floor((ofClass.rows.length * totals[label]!) / count))
      ofClass.rows.push(row);
  });
  return sampled.filter(({ rows }) => rows.length > 0);
}

function forEachSound(table: DataTable, visit: (row: number, label: number) => void): void {
  for (let row = 0; row < table.rows; row += 1) {
    if (isSound(table, row)) visit(row, table.labelOf[row]!);
  }
}
