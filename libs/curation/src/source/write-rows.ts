import { formatCells } from '@holdfast/dataset';
import type { DataSource } from './data-source.js';
import { writeNewRows } from './write-new-rows.js';

/**
 * Writes a manifest of some rows, with all their columns.
 *
 * @throws Fault `precondition` if the file exists or cannot be written.
 */
export async function writeRows(
  file: { readonly path: string; readonly name: string },
  source: DataSource,
  rows: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<void> {
  const { names } = source.header;
  async function* format() {
    yield `${formatCells(names)}\n`;
    let row = 0;
    for await (const batch of source.batches({ signal, countsLines: false })) {
      const first = row;
      row += batch.length;
      const kept = batch.filter((_, i) => rows.has(first + i));
      const lines = kept.map(({ record }) => formatCells(names.map((__, i) => record[i] ?? '')));
      yield lines.map((line) => `${line}\n`).join('');
    }
  }
  await writeNewRows(file, format());
}
