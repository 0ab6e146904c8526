import { readFile, stat } from 'node:fs/promises';
import { describeError, isFault } from '@holdfast/fault';
import { parsePlan } from '@holdfast/plan';
import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { toPath } from '@holdfast/run-kit';
import {
  describeRunFolder,
  findQueuedSince,
  findRunOwner,
  type JournalEntry,
  listCheckpoints,
  listEntries,
  type RunFolder,
  type RunOrigin,
  readOrigin,
  readRunJournal,
  readVerdict,
  refuseHeld,
  type VerdictFile,
} from '@holdfast/run-store';
import { toTimestamp } from '@holdfast/service-kit';
import { completeRun, countSteps, createRun, hasEnded, stopRun } from './describe-run.js';

/** A run as its folder tells it; its state is one of work where another process is at it. */
export async function readStoredRun(runPath: string): Promise<Run> {
  return (await readStored(runPath)).run;
}

/** A run as its folder tells it, and the journal that says so. */
export interface StoredRun {
  readonly run: Run;
  readonly entries: readonly JournalEntry[];
}

/** As {@link readStoredRun}, for who goes on with the run if nobody has written into its journal since. */
export async function readStored(runPath: string): Promise<StoredRun> {
  const folder = describeRunFolder(runPath);
  const origin = await readOrigin(runPath);
  const plan = parsePlan(await readFile(folder.plan, 'utf8'), origin.planName);
  const entries = await readRunJournal(folder);
  const step = (await listCheckpoints(folder)).at(-1) ?? 0;
  const created = { ...origin, createdAt: origin.createdAt ?? (await readBirth(folder)) };
  const began = listEntries(entries, 'run.started')[0]?.at;
  const run: Run = {
    ...createRun(created, runPath, countSteps(plan, entries)),
    progress: { step, totalSteps: countSteps(plan, entries), work: undefined },
    startTime: began === undefined ? undefined : toTimestamp(new Date(began)),
  };
  const isUnderWay = (await findRunOwner(folder)) !== undefined;
  if (isUnderWay) return { run: { ...run, state: readStage(entries) }, entries };
  return { run: await concludeStored(run, folder, entries), entries };
}

/** @throws Fault `aborted` where another process works on a run that this one does not know. */
export async function requireFree(run: Run): Promise<void> {
  if (hasEnded(run)) return;
  const folder = describeRunFolder(toPath(run.runUri));
  const owner = await findRunOwner(folder);
  if (owner === undefined && run.state === RunState.RUN_STATE_QUEUED) return;
  throw refuseHeld(folder, owner ?? 'another process');
}

const stages: Readonly<Partial<Record<JournalEntry['event'], RunState>>> = {
  // Nobody holds the lease of a run that waits: its turn has come.
  'run.queued': RunState.RUN_STATE_PREPARING,
  'run.started': RunState.RUN_STATE_PREPARING,
  'data.read': RunState.RUN_STATE_TRAINING,
  'training.completed': RunState.RUN_STATE_GATING,
};

/** What the process is at that works on a run, as its journal tells it. */
function readStage(entries: readonly JournalEntry[]): RunState {
  const last = entries.findLast(({ event }) => stages[event] !== undefined);
  return (last && stages[last.event]) ?? RunState.RUN_STATE_QUEUED;
}

/** When a run was submitted whose origin does not say it. */
async function readBirth({ origin }: RunFolder): Promise<string> {
  return (await stat(origin)).mtime.toISOString();
}

/** How a run ended that no process works on: the journal's last word, or none where its process was killed. */
async function concludeStored(
  run: Run,
  { verdict }: RunFolder,
  entries: readonly JournalEntry[],
): Promise<Run> {
  const completed = listEntries(entries, 'run.completed').at(-1);
  if (completed !== undefined) {
    const file = await findVerdict(verdict);
    if (file !== undefined) {
      const { outcome, reason } = file.verdict;
      return completeRun(run, { outcome, reason, at: completed.at });
    }
  }
  if (findQueuedSince(entries) !== undefined) return run;
  const last = entries.at(-1);
  if (last?.event !== 'run.stopped') {
    const reason =
      last?.event === 'run.completed'
        ? 'it was completed, but its verdict is gone; resume it to have that written again'
        : 'its process ended before the run did; resume it to go on';
    return { ...run, state: RunState.RUN_STATE_INTERRUPTED, reason };
  }
  // An earlier version did not say why a run stopped: it can be resumed, and its message tells the rest.
  const { state = 'interrupted', kind = 'internal', violations = [], message, at } = last;
  return stopRun(run, { state, kind, message, violations, at });
}

/** A run whose files cannot be read: failed, with the reason and what its origin still tells; undefined where that is gone, and with it the run. */
export async function describeUnreadable(
  runPath: string,
  error: unknown,
): Promise<Run | undefined> {
  const known: Pick<RunOrigin, 'runId' | 'createdAt' | 'labels'> = await readOrigin(runPath).catch(
    () => ({ runId: '' }),
  );
  const createdAt =
    known.createdAt ?? (await readBirth(describeRunFolder(runPath)).catch(() => undefined));
  if (createdAt === undefined) return undefined;
  const { kind, violations } = isFault(error)
    ? error
    : { kind: 'internal' as const, violations: [] };
  const stop = { state: 'failed', kind, violations, message: describeError(error) } as const;
  return stopRun(createRun({ ...known, createdAt }, runPath), { ...stop, at: undefined });
}

/** A run's verdict; undefined where there is none. */
function findVerdict(path: string): Promise<VerdictFile | undefined> {
  return readVerdict(path).catch((error: unknown) => {
    if (isFault(error) && error.kind === 'not-found') return undefined;
    throw error;
  });
}
