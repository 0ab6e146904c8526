import { appendFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  describeRunFolder,
  type JournalEntry,
  type RunFolder,
  type StepResult,
  writeOrigin,
} from '@holdfast/run-store';

const startedAt = '2026-01-02T03:04:05.000Z';
const digest = 'a'.repeat(64);

const plan = `model: model
data: { root: images }
target: { class: stop }
training: { steps: 4, learningRate: auto }
`;

/** Begins the folder of a run of four steps and the protected tasks "no passing" and "no/passing". */
export async function beginRun(): Promise<RunFolder> {
  const folder = describeRunFolder(await mkdtemp(join(tmpdir(), 'holdfast-publish-')));
  await writeOrigin(folder, {
    runId: 'signs-1a2b',
    planName: 'signs.yaml',
    basePath: folder.path,
    labels: { team: 'perception' },
  });
  await writeFile(folder.plan, plan);
  await note(
    folder,
    {
      event: 'run.started',
      at: startedAt,
      softwareVersion: '0.1.0',
      environment: { processor: 'a test' },
    },
    {
      event: 'data.read',
      dataSha256: digest,
      imageChunk: 1,
      textChunk: 1,
      badImages: 0,
      protectedTasks: ['no passing', 'no/passing'],
    },
    {
      event: 'plan.resolved',
      resolutions: [{ field: 'training.learningRate', value: 0.0003, because: 'it is a test' }],
    },
  );
  return folder;
}

/** Notes what happened in a run's journal. */
export async function note(folder: RunFolder, ...entries: readonly JournalEntry[]): Promise<void> {
  await appendFile(folder.journal, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

/** The metrics of a step, a function of its number. */
export function createStep(step: number): StepResult {
  const task = (number: number) => ({
    ...{ task: number, batchValue: 0, weight: 0.5, taskLoss: 2, multiplier: 0 },
    constraintEstimate: step / 8 + number,
  });
  return {
    ...{ step, objective: -step, penalty: step / 2, learningRate: 0.0003, gradientNorm: 1 },
    tasks: [task(0), task(1)],
  };
}

/** Writes steps as a run does, the last one in part. */
export async function writeSteps(folder: RunFolder, count: number, torn = ''): Promise<void> {
  const lines = Array.from({ length: count }, (_, step) => `${JSON.stringify(createStep(step))}\n`);
  await writeFile(folder.metrics, lines.join('') + torn);
}

function describeTask(task: string) {
  return {
    ...{ task, examples: 20, groups: 20, referenceAccuracy: 0.75, candidateAccuracy: 0.875 },
    ...{ accuracyChange: 0.125, negativeFlips: 0, positiveFlips: 2, lowerBound: -0.05 },
    ...{ upperBound: 0.3, lossChange: -0.1, method: 'tango' },
  };
}

/** Ends a run with a verdict. */
export async function endRun(
  folder: RunFolder,
  outcome: 'RETAINED' | 'REGRESSED' = 'RETAINED',
): Promise<void> {
  const verdict = {
    ...{ schema: 'holdfast.verdict/1', outcome, reason: 'Nothing protected was lost.' },
    reference: { sha256: digest },
    candidate: { sha256: digest, version: 'step 4', step: 4, average: false, alpha: 1 },
    ...{ devSafetyAccuracy: 0.125, target: [describeTask('stop')] },
    protected: ['no passing', 'no/passing'].map((task) => ({
      ...describeTask(task),
      ...{ verdict: outcome, tolerance: 0.05, pValue: 0.01, holmPValue: 0.02 },
      ...{ simultaneousBounds: [-0.05, 0.3], moreNeeded: 0, reason: 'It holds.', confidence: [] },
    })),
  };
  await writeFile(folder.verdict, JSON.stringify(verdict));
  await writeFile(folder.report, '<!doctype html>');
  await mkdir(folder.candidate, { recursive: true });
  await note(folder, {
    ...{ event: 'run.completed', at: '2026-01-02T03:08:05.000Z' },
    ...{ outcome, candidateSha256: digest },
  } as JournalEntry);
}
