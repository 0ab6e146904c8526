import { appendFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFacts } from '../run/run-facts.js';
import { listStepScalars } from '../run/step-scalars.js';
import { listVerdictScalars } from '../run/verdict-scalars.js';
import type { RunListener } from '../run-listener.js';
import { encodeFileVersion, encodeScalars, readTrainingStep } from './event.js';
import { encodeRecord, readRecord } from './tf-record.js';

/**
 * Writes a run's metrics as TensorBoard reads them: `<folder>/<run id>/events.out.tfevents.<second>.holdfast`. A file that is
 * there is gone on with, after its last whole step.
 */
export function createTensorboardListener(folder: string): RunListener {
  let path = '';
  let facts: RunFacts | undefined;
  let last = { step: -1, at: 0 };
  return {
    name: `TensorBoard in ${folder}`,
    async begin(run) {
      facts = run;
      const runFolder = join(folder, run.origin.runId);
      await mkdir(runFolder, { recursive: true });
      const second = Math.floor(run.startedAt / 1000);
      path = join(runFolder, `events.out.tfevents.${second}.holdfast`);
      const stepsWritten = await mendFile(path, run.startedAt);
      last = { step: stepsWritten - 1, at: run.startedAt };
      return stepsWritten;
    },
    async steps(steps) {
      const records = steps.map((step) =>
        encodeRecord(encodeScalars(step.at, step.step, listStepScalars(step, facts!.tasks))),
      );
      await appendFile(path, Buffer.concat(records));
      last = steps.at(-1)!;
    },
    async end({ verdict, at = last.at }) {
      if (verdict === undefined) return;
      // After so many steps; where training goes on with the file, it is cut off.
      const scalars = listVerdictScalars(verdict.verdict);
      await appendFile(path, encodeRecord(encodeScalars(at, last.step + 1, scalars)));
    },
  };
}

/**
 * Cuts off what follows the last whole step, or begins a file.
 *
 * @returns the steps that it holds.
 */
async function mendFile(path: string, startedAt: number): Promise<number> {
  const file = await open(path, 'a+');
  try {
    const { end, steps } = findLastStep(await file.readFile());
    await file.truncate(end);
    if (end === 0) await file.appendFile(encodeRecord(encodeFileVersion(startedAt)));
    return steps;
  } finally {
    await file.close();
  }
}

/** Where the record of the last step ends, and the steps up to it; of a file without any, the end of its first record. */
function findLastStep(bytes: Buffer): { end: number; steps: number } {
  let record = readRecord(bytes, 0);
  let [end, steps] = [record?.end ?? 0, 0];
  while (record !== undefined) {
    const step = readTrainingStep(record.data);
    if (step !== undefined) [end, steps] = [record.end, step + 1];
    record = readRecord(bytes, record.end);
  }
  return { end, steps };
}
