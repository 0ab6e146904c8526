import { open } from 'node:fs/promises';
import type { RunFolder, StepResult } from '@holdfast/run-store';

/** Reads the steps that came since. */
export interface StepReader {
  /** The next steps, at most 1000; none where there are none yet. */
  next(): Promise<readonly StepResult[]>;
}

const stepsMax = 1000;
/** Read at once; more than the longest line has. */
const bytesMax = 4 * 1024 ** 2;

/**
 * Reads a run's steps while it writes them, each byte once. Where the file was cut, since a resumed run takes its last
 * steps again, it is read from the beginning, and what was given before is not given twice.
 *
 * @param first the first step that is wanted, from 0
 */
export function followSteps({ metrics }: RunFolder, first: number): StepReader {
  let wanted = first;
  /** Where the line of step `row` begins. */
  let [position, row] = [0, 0];

  return {
    async next() {
      const found: StepResult[] = [];
      for (;;) {
        const { text, isCut } = await readText(metrics, position);
        if (isCut) [position, row] = [0, 0];
        const lines = text.split('\n').slice(0, -1);
        if (lines.length === 0) return found;
        for (const line of lines) {
          const result = parse(line);
          if (result?.step !== row) {
            // Another line than the one that was there: the next call looks again from the beginning.
            [position, row] = [0, 0];
            return found;
          }
          position += Buffer.byteLength(line) + 1;
          row += 1;
          if (result.step < wanted) continue;
          found.push(result);
          wanted += 1;
          if (found.length === stepsMax) break;
        }
        if (found.length > 0) return found;
      }
    },
  };
}

/** What stands in a file from a place on: whole lines and the beginning of one. */
async function readText(path: string, start: number): Promise<{ text: string; isCut: boolean }> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return { text: '', isCut: true };
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(bytesMax, Math.max(0, size - start)));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return { text: bytes.toString('utf8', 0, bytesRead), isCut: size < start };
  } finally {
    await file.close();
  }
}

function parse(line: string): StepResult | undefined {
  try {
    return JSON.parse(line) as StepResult;
  } catch {
    return undefined;
  }
}
