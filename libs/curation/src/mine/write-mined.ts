import { formatCells } from '@holdfast/dataset';
import type { DataSource } from '../source/data-source.js';
import { writeNewRows } from '../source/write-new-rows.js';
import { readRows } from '../table/read-rows.js';
import type { Mined } from './mine-data.js';

/** Columns of a manifest of pairs. */
export const pairColumns = ['path', 'label', 'role', 'caption', 'cosine'] as const;

/** What negatives of a class are called. */
export function nameNegative(target: string): string {
  return `not ${target}`;
}

/**
 * Writes mined pairs as a manifest: positives with the class and the role target, negatives as "not" the class with the role
 * negative.
 *
 * @throws Fault `precondition` if the file exists or cannot be written.
 */
export async function writeMined(
  file: { readonly path: string; readonly name: string },
  source: DataSource,
  { positives, negatives }: Mined,
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Set([...positives, ...negatives].map(({ row }) => row));
  const names = await readRows(source, wanted, signal);
  const format = (label: string, role: string, rows: Mined['positives']) =>
    rows.map(({ row, cosine }) => {
      const { path, label: caption } = names.get(row)!;
      return `${formatCells([path, label, role, caption, cosine.toFixed(4)])}\n`;
    });
  await writeNewRows(file, [
    `${formatCells(pairColumns)}\n`,
    ...format(target, 'target', positives),
    ...format(nameNegative(target), 'negative', negatives),
  ]);
}
