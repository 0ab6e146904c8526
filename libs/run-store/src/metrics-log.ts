import { readFile } from 'node:fs/promises';
import { type Fence, replaceAppendFile } from '@holdfast/artifacts';
import { z } from 'zod';

/** A line of `metrics.jsonl`: what one step did. */
export const stepResultSchema = z.object({
  step: z.int().describe('From 0.'),
  objective: z.number().describe('F of the batch.'),
  penalty: z.number().describe('Value of the penalty term.'),
  learningRate: z.number(),
  gradientNorm: z.number(),
  tasks: z
    .array(
      z.object({
        task: z.int().describe('Place among the protected tasks.'),
        batchValue: z.number().describe('h_k of this batch; positive: the candidate is worse.'),
        constraintEstimate: z.number().describe('u_k.'),
        weight: z.number().describe("Of this task's gradient."),
        taskLoss: z.number().describe('L_k of the candidate on this batch, in nats.'),
        multiplier: z.number().describe('lambda_k; 0 where the penalty has none.'),
      }),
    )
    .readonly()
    .describe('Visited tasks.'),
  terms: z
    .array(
      z.object({
        name: z.string(),
        value: z.number().describe('Of a constraint u.'),
        batchValue: z.number().optional().describe('h of this batch, of a constraint.'),
        weight: z.number().optional().describe("Of a constraint's gradient."),
      }),
    )
    .readonly()
    .optional()
    .describe("Terms beside the objective and the penalty, and constraints of the user's own."),
});

export type StepResult = z.infer<typeof stepResultSchema>;

/** Steps kept in memory between writes. */
const rowsPerWrite = 50;

/** The metrics of every step of a run, one JSON line each. */
export interface MetricsLog {
  /** Steps that it had, and that are taken again. */
  readonly stepsRepeated: number;
  append(result: StepResult): Promise<void>;
  flush(): Promise<void>;
  /** Every step so far, flushed or not. */
  read(): Promise<StepResult[]>;
  /** Flushes first: the last steps before a failure are those that explain it. */
  close(): Promise<void>;
}

/** The rows of a file; a torn line, or one out of order, ends them. */
async function readRows(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const rows: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      if ((JSON.parse(line) as StepResult).step !== rows.length) break;
    } catch {
      break;
    }
    rows.push(line);
  }
  return rows;
}

/** Opens a run's metrics, dropping steps that a resumed run will take again. What an earlier writer appends is not in it. */
export async function openMetricsLog(
  path: string,
  stepsTaken: number,
  fence: Fence,
): Promise<MetricsLog> {
  const found = await readRows(path);
  const rows = found.slice(0, stepsTaken);
  const whole = Buffer.from(rows.map((row) => `${row}\n`).join(''));
  const file = await replaceAppendFile(path, whole, fence);
  let pending: string[] = [];
  async function flush(): Promise<void> {
    if (pending.length === 0) return;
    const lines = pending;
    pending = [];
    // On disk before the checkpoint that counts on them is.
    await file.append(lines.join(''));
  }
  return {
    stepsRepeated: found.length - rows.length,
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
    async close() {
      await flush().finally(() => file.close());
    },
  };
}
