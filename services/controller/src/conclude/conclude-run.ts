import { readFile } from 'node:fs/promises';
import { sha256, writeFileAtomic } from '@holdfast/artifacts';
import { describeLedger, nameVerdict } from '@holdfast/evaluation';
import { describeScope } from '@holdfast/plan';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { renderReport } from '@holdfast/report';
import {
  describeCandidate,
  type JournalEntry,
  type RunOutcome,
  type RunProgress,
  type StepResult,
  writeVerdict,
} from '@holdfast/run-store';
import { chooseCandidate } from '../choose/choose-candidate.js';
import { writeCandidate } from '../choose/write-candidate.js';
import { describeWork } from '../replicas/replica-work.js';
import { buildReport } from '../report/build-report.js';
import { enterState } from '../run/enter-state.js';
import type { ExecuteRunOptions } from '../run/execute-run-options.js';
import type { OpenRun } from '../run/open-run.js';
import { describeImageWait, describeMeasuring, type TrainingTime } from '../train/training-time.js';
import { describeVerdict } from './describe-verdict.js';
import { readTest } from './read-test.js';

/** How a run ended. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly reason: string;
  /** When, ISO 8601. */
  readonly at: string;
}

/** What the report says of how the run went. */
export interface RunCircumstances {
  readonly startedAt: Date;
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  /** Every step's metrics. */
  readonly steps: readonly StepResult[];
  readonly time: TrainingTime;
}

/** What each of several encoders did. */
function describeEncoders({ encoders }: OpenRun): Record<string, string> {
  const work = encoders.listWork().filter(({ address }) => address !== '');
  return work.length === 0 ? {} : { 'encoders did': work.map(describeWork).join('; ') };
}

/** Chooses the candidate, shows it to the gate, writes it, reads the test data once, and reports. */
export async function concludeRun(
  options: ExecuteRunOptions,
  run: OpenRun,
  progress: RunProgress,
  record: (entry: JournalEntry) => Promise<void>,
  { startedAt, environment, notes, steps, time }: RunCircumstances,
): Promise<RunResult> {
  const { folder, publish, signal } = options;
  publish(enterState(RunState.RUN_STATE_GATING));
  const choice = await chooseCandidate(run, progress, {
    onJudged: async (candidate, { gate, entry }) => {
      if (entry !== undefined) await run.judging.ledger.conclude(entry.key, nameVerdict(gate));
      await record({
        event: 'candidate.judged',
        candidate: describeCandidate(candidate),
        verdict: nameVerdict(gate),
        reason: gate.reason,
      });
    },
    signal,
  });
  const { outcome, reason } = choice;
  const candidateSha256 = await writeCandidate(run, choice.candidate);
  const { entry, gate } = choice.judgement;
  if (entry !== undefined) {
    await run.judging.ledger.conclude(entry.key, nameVerdict(gate), candidateSha256);
  }
  const ledger = await describeLedger(run.judging, entry);
  if (ledger.note !== undefined) {
    publish({ $case: 'noted', value: { message: ledger.note } });
  }
  await record({ event: 'test.read', candidateSha256 });
  const test = await readTest(run, choice, signal);
  const binding = {
    referenceSha256: run.opened.modelSha256,
    candidateSha256,
    dataSha256: run.dataset.sha256,
    planSha256: sha256(await readFile(folder.plan)),
  };
  const verdict = describeVerdict(run, choice, binding, test);
  await writeVerdict(folder, verdict, run.lease.requireHeld);
  const report = await buildReport({
    run,
    choice,
    progress,
    steps,
    test: test?.comparison,
    ledger: ledger.report,
    candidateSha256,
    startedAt: startedAt.toISOString(),
    durationSeconds: (Date.now() - startedAt.getTime()) / 1000,
    planName: options.planName,
    study: options.study,
    softwareVersion: options.softwareVersion,
    command: options.command,
    environment: {
      trained: describeScope(run.plan),
      ...environment,
      'waited for images': describeImageWait(time),
      'measured steering data': describeMeasuring(time),
      ...describeEncoders(run),
      activations: time.activations || 'no step was taken by this process',
    },
    notes,
  });
  await writeFileAtomic(folder.report, renderReport(report), run.lease.requireHeld);
  const at = new Date().toISOString();
  await record({ event: 'run.completed', at, outcome, candidateSha256 });
  return { outcome, reason, at };
}
