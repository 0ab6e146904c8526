import { readFile } from 'node:fs/promises';
import {
  listBadImages,
  noteBadImages,
  noteRepeatedJudgement,
  noteThinEvidence,
} from '@holdfast/evaluation';
import { describeError, type Fault } from '@holdfast/fault';
import { parsePlan, withPlanLines } from '@holdfast/plan';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  describeDamage,
  describeDrift,
  type JournalEntry,
  listCheckpoints,
  listEntries,
  openMetricsLog,
  type RunJournal,
} from '@holdfast/run-store';
import { openSteering } from '../choose/measure-steering.js';
import { noteSchedule } from '../choose/schedule-run.js';
import { concludeRun, type RunResult } from '../conclude/conclude-run.js';
import { enterState } from '../run/enter-state.js';
import type { ExecuteRunOptions, LeasedRunOptions } from '../run/execute-run-options.js';
import type { OpenRun } from '../run/open-run.js';
import { createPhaseWatch } from '../run/run-observer.js';
import { describeReplicas, watchReplicas } from '../run/watch-replicas.js';
import { trainRun } from '../train/train-run.js';
import { describeRoom } from './describe-room.js';
import { describeServices } from './describe-services.js';
import { prepareRun, type ReadRun, readRun, startOrResume } from './prepare-run.js';
import { recover } from './recover.js';
import { withRoom } from './with-room.js';

/** A run's notes, each told once however often it is found. */
function createNotes(publish: ExecuteRunOptions['publish']) {
  const notes = new Set<string>();
  const note = (message: string) => {
    if (notes.has(message)) return;
    notes.add(message);
    publish({ $case: 'noted', value: { message } });
  };
  return { note, list: () => [...notes] };
}

/**
 * Works on a run from its plan to its verdict: reads it, opens it in its services, again where they lost it, trains from its newest
 * checkpoint, and concludes.
 */
export async function workOnRun(
  options: LeasedRunOptions,
  journal: RunJournal,
): Promise<RunResult> {
  const { folder, publish, clients, signal, contact, softwareVersion } = options;
  const startedAt = new Date();
  const text = await readFile(folder.plan, 'utf8');
  const draft = parsePlan(text, options.planName);
  publish(enterState(RunState.RUN_STATE_PREPARING, startedAt));
  await clients.meet?.(signal);
  const environment = await describeServices(options, draft);
  contact.made = true;
  const at = startedAt.toISOString();
  await journal.append({ event: 'run.started', at, softwareVersion, environment });
  const named = { name: options.planName, text };
  const room = describeRoom(options);
  const reading = () => withPlanLines(named, () => readRun(options, draft, journal));
  const read = await withRoom(reading, room);
  const notes = createNotes(publish);
  const countSaved = async () => (await listCheckpoints(folder)).at(-1) ?? 0;
  return recover(
    (lost) =>
      withRoom(
        (full) =>
          withPlanLines(named, () =>
            openAndWork(read, {
              options,
              journal,
              notes,
              startedAt,
              environment,
              lost: full ?? lost,
            }),
          ),
        { ...room, countSaved },
      ),
    {
      countSaved,
      onLost: (fault) => {
        const message = `The run is opened again in all services: ${describeError(fault)}`;
        publish({ $case: 'noted', value: { message } });
      },
      signal,
    },
  );
}

/** What working on a run needs beside what was read. */
interface WorkContext {
  readonly options: LeasedRunOptions;
  readonly journal: RunJournal;
  readonly notes: ReturnType<typeof createNotes>;
  readonly startedAt: Date;
  /** What the services ran on when the run began. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why the run is opened again; undefined for the first time. */
  readonly lost: Fault | undefined;
}

/** Opens a run in its services, and works on it from its newest checkpoint to its verdict. */
async function openAndWork(read: ReadRun, context: WorkContext): Promise<RunResult> {
  const { options, journal, lost, environment: began } = context;
  // Where another took the run over, it is what the services lost it for.
  await options.lease.requireHeld();
  const record = (entry: JournalEntry) => journal.append(entry);
  // One that lost the run may be another one since.
  const environment = lost === undefined ? began : await describeServices(options, read.plan);
  const onReplicaChange = watchReplicas({ record, publish: options.publish });
  const run = await prepareRun(options, read, onReplicaChange);
  try {
    return await workOnOpen(run, read, { ...context, record, environment });
  } finally {
    await run.encoders.close();
    const worked = describeReplicas(run.encoders.listWork());
    if (worked !== undefined) await record(worked).catch(() => {});
  }
}

/** What working on an open run needs beside. */
interface OpenContext extends WorkContext {
  readonly record: (entry: JournalEntry) => Promise<void>;
}

async function workOnOpen(
  run: OpenRun,
  read: ReadRun,
  { options, journal, notes: { note, list }, startedAt, lost, record, environment }: OpenContext,
): Promise<RunResult> {
  const { folder, publish, signal, lease, checkpointEverySeconds } = options;
  const { imageChunkSize: imageChunk, textChunkSize: textChunk } = run.opened;
  const chunks = { imageChunk, textChunk };
  await record({
    event: 'data.read',
    dataSha256: run.dataset.sha256,
    ...(run.distilled && { distilledSha256: run.distilled.sha256 }),
    ...chunks,
    badImages: run.opened.badImages.length,
    protectedTasks: run.tasks.protectedTasks.map(({ name }) => name),
    ceilings: run.tasks.protectedTasks.filter(({ ceiling }) => ceiling).map(({ name }) => name),
  });
  const unlabelled = [run.drift, run.distilled].flatMap((data) => data?.notes ?? []);
  for (const message of [...run.dataset.notes, ...unlabelled, ...read.notes]) note(message);
  // A run that is opened again has told them, with the times of then.
  if (lost === undefined) for (const message of run.moduleNotes) note(message);
  for (const message of noteThinEvidence(run.plan, run)) note(message);
  for (const message of await noteRepeatedJudgement(run.judging)) note(message);
  for (const message of noteSchedule(run)) note(message);
  for (const message of noteBadImages(listBadImages(run))) note(message);
  const drift = describeDrift(journal, { environment, ...chunks });
  if (drift !== undefined) note(drift);
  for (const entry of listEntries(journal.entries, 'checkpoint.damaged'))
    note(describeDamage(entry));
  const initial = await startOrResume(run, options, async (checkpoint) => {
    await record({ event: 'checkpoint.damaged', ...checkpoint });
    note(describeDamage(checkpoint));
  });
  const metrics = await openMetricsLog(folder.metrics, initial.stepsTaken, lease.requireHeld);
  try {
    const from = { step: initial.stepsTaken, stepsRepeated: metrics.stepsRepeated };
    if (lost !== undefined) {
      const at = new Date().toISOString();
      await record({ event: 'run.recovered', at, ...from, reason: describeError(lost) });
    } else if (from.step > 0) await record({ event: 'run.resumed', ...from });
    const steering = await openSteering(run, signal);
    if (steering !== undefined) await record({ event: 'steering.scheduled', ...steering.schedule });
    publish(enterState(RunState.RUN_STATE_TRAINING));
    const watchPhase = createPhaseWatch(options.observer ?? {});
    const session = { steering, metrics, publish, signal, checkpointEverySeconds, watchPhase };
    const trained = await trainRun(run, initial, session);
    const { progress, time } = trained;
    await record({ event: 'training.completed', step: progress.stepsTaken, ...time });
    const steps = await metrics.read();
    const history = { startedAt, environment, notes: list(), steps, time };
    return await concludeRun(options, run, progress, record, history);
  } finally {
    await metrics.close();
  }
}
