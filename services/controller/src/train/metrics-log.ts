import { appendFile, readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@holdfast/artifacts';
import type { StepResult } from './train-step.js';

/** Steps kept in memory between writes. */
const rowsPerWrite = 50;

/** The metrics of every step of a run, one JSON line each. */
export interface MetricsLog {
  append(result: StepResult): Promise<void>;
  flush(): Promise<void>;
  /** Every step so far, flushed or not. */
  read(): Promise<StepResult[]>;
}

/** The rows of a file before a step; a torn or later line ends them. */
async function readRows(path: string, before: number): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const rows: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      if ((JSON.parse(line) as StepResult).step !== rows.length) break;
    } catch {
      break;
    }
    if (rows.length >= before) break;
    rows.push(line);
  }
  return rows;
}

/** Opens a run's metrics, dropping steps that a resumed run will take again. */
export async function openMetricsLog(path: string, stepsTaken: number): Promise<MetricsLog> {
  const rows = await readRows(path, stepsTaken);
  await writeFileAtomic(path, rows.map((row) => `${row}\n`).join(''));
  let pending: string[] = [];
  async function flush(): Promise<void> {
    if (pending.length === 0) return;
    const lines = pending;
    pending = [];
    // On disk before the checkpoint that counts on them is.
    await appendFile(path, lines.join(''), { flush: true });
  }
  return {
    async append(result) {
      pending.push(`${JSON.stringify(result)}\n`);
      if (pending.length >= rowsPerWrite) await flush();
    },
    flush,
    async read() {
      await flush();
      const text = await readFile(path, 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as StepResult);
    },
  };
}
