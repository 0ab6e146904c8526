import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type StepResult, stepResultSchema } from './metrics-log.js';
import type { RunFolder } from './run-folder.js';

/** Some of a run's steps. */
export interface StepPage {
  readonly steps: readonly StepResult[];
  /** Whether the file holds more. */
  readonly hasMore: boolean;
}

/** Which steps are read. */
export interface StepRange {
  /** The first, from 0. */
  readonly first: number;
  readonly countMax: number;
  /** Tasks of all of them together, but for the first. */
  readonly tasksMax: number;
}

/**
 * Reads some of a run's steps from disk, where another may be writing. A torn line, and one out of order, ends them: a
 * resumed run takes those steps again. A missing file holds none.
 */
export async function readSteps(
  { metrics }: RunFolder,
  { first, countMax, tasksMax }: StepRange,
): Promise<StepPage> {
  const steps: StepResult[] = [];
  const file = createReadStream(metrics);
  let tasks = 0;
  let index = -1;
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Infinity })) {
      index += 1;
      if (index < first) continue;
      const step = parseStep(line);
      if (step?.step !== index) break;
      tasks += step.tasks.length;
      if (steps.length === countMax || (steps.length > 0 && tasks > tasksMax)) {
        return { steps, hasMore: true };
      }
      steps.push(step);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    file.destroy();
  }
  return { steps, hasMore: false };
}

function parseStep(line: string): StepResult | undefined {
  try {
    return stepResultSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
