import { formatCells } from '@holdfast/dataset';
import { Fault } from '@holdfast/fault';
import type { DataSource } from '../source/data-source.js';
import { writeNewRows } from '../source/write-new-rows.js';
import { readCells } from '../table/read-cells.js';
import { nameNegative } from './write-mined.js';

/** Pairs of a CSV of the reference implementation. */
export interface ImportedPairs {
  readonly positives: number;
  readonly negatives: number;
}

/** The column that says which rows show the target. */
const column = 'slabel';
const [yes, no] = [new Set(['1', '1.0', 'true']), new Set(['0', '0.0', '-1', 'false'])];

/** Whether a manifest has the column that {@link importPairs} reads. */
export function hasPairLabels({ header }: DataSource): boolean {
  return findColumn(header.names) >= 0;
}

/**
 * Writes the pairs of a CSV `filepath,title,slabel` as a manifest: slabel 1 is a pair of the target, 0 a negative, the title its
 * caption. Source: github.com/GangLii/DevSafety, src/train_eval/loss.py.
 *
 * @throws Fault `invalid` naming the first row with another slabel, or one that is wrong by itself; `precondition` if the file
 *   exists or cannot be written.
 */
export async function importPairs(
  file: { readonly path: string; readonly name: string },
  source: DataSource,
  target: string,
  signal?: AbortSignal,
): Promise<ImportedPairs> {
  const { header } = source;
  const index = findColumn(header.names);
  const count = { positives: 0, negatives: 0 };
  async function* format() {
    yield 'path,label,role,caption\n';
    for await (const batch of source.batches({ signal })) {
      const lines = batch.map((row) => {
        const { path, label: caption, problem } = readCells(row, header);
        const cell = (row.record[index] ?? '').toLowerCase();
        const isPositive = yes.has(cell);
        const wrong =
          problem ??
          (isPositive || no.has(cell) ? undefined : `has the ${column} "${cell}"; expected 1 or 0`);
        if (wrong !== undefined) throw new Fault('invalid', `${source.placeRow(row)} ${wrong}`);
        count[isPositive ? 'positives' : 'negatives'] += 1;
        const [label, role] = isPositive ? [target, 'target'] : [nameNegative(target), 'negative'];
        return `${formatCells([path, label, role, caption])}\n`;
      });
      yield lines.join('');
    }
  }
  await writeNewRows(file, format());
  return count;
}

function findColumn(names: readonly string[]): number {
  return names.findIndex((name) => name.toLowerCase() === column);
}
