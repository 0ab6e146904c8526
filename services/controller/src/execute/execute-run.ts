import { mkdir, readFile } from 'node:fs/promises';
import { listBadImages, noteBadImages, noteThinEvidence } from '@holdfast/evaluation';
import { describeError, type Fault } from '@holdfast/fault';
import { parsePlan, withPlanLines } from '@holdfast/plan';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import {
  describeDamage,
  describeDrift,
  findRunOwner,
  type JournalEntry,
  leaseRun,
  listCheckpoints,
  listEntries,
  openMetricsLog,
  openRunJournal,
  type RunJournal,
  requireQueued,
} from '@holdfast/run-store';
import { withoutSpan } from '@holdfast/service-kit';
import { openSteering } from '../choose/measure-steering.js';
import { noteSchedule } from '../choose/schedule-run.js';
import { concludeRun, type RunResult } from '../conclude/conclude-run.js';
import { describeStop, type RunStop } from '../run/describe-stop.js';
import { enterState } from '../run/enter-state.js';
import type { ExecuteRunOptions, LeasedRunOptions } from '../run/execute-run-options.js';
import { closeRun, type OpenRun } from '../run/open-run.js';
import { createPhaseWatch } from '../run/run-observer.js';
import { describeReplicas, watchReplicas } from '../run/watch-replicas.js';
import { trainRun } from '../train/train-run.js';
import { describeServices } from './describe-services.js';
import { findDeferral, giveUpWaiting } from './find-deferral.js';
import { prepareRun, type ReadRun, readRun, startOrResume } from './prepare-run.js';
import { recover } from './recover.js';
import { type RoomOptions, withRoom } from './with-room.js';

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

/** Where a run needs room, and who is told that there is none. */
export function describeRoom({
  folder,
  publish,
  signal,
}: Pick<ExecuteRunOptions, 'folder' | 'publish' | 'signal'>): RoomOptions {
  const onFull = ({ message }: Fault) =>
    publish({
      $case: 'noted',
      value: { message: `The run waits until there is room: ${message}` },
    });
  return { path: folder.path, onFull, signal };
}

async function execute(options: LeasedRunOptions, journal: RunJournal): Promise<RunResult> {
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
            workOn(read, { options, journal, notes, startedAt, environment, lost: full ?? lost }),
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
async function workOn(read: ReadRun, context: WorkContext): Promise<RunResult> {
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
    ...chunks,
    badImages: run.opened.badImages.length,
    protectedTasks: run.tasks.protectedTasks.map(({ name }) => name),
  });
  for (const message of [...run.dataset.notes, ...(run.drift?.notes ?? []), ...read.notes])
    note(message);
  // A run that is opened again has told them, with the times of then.
  if (lost === undefined) for (const message of run.moduleNotes) note(message);
  for (const message of noteThinEvidence(run.plan, run)) note(message);
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

/** A run that stopped before it had an outcome, and the error that stopped it. */
export interface StoppedRun {
  readonly stop: RunStop;
  readonly error: unknown;
  /** Whether this process had the run, and had it still: it never did where another one has it, and loses it to one that takes it over. */
  readonly hold: 'never' | 'lost' | 'kept';
}

/** A run whose services are not ready for it: it waits for another turn. */
export interface DeferredRun {
  /** Why, and when to try again. */
  readonly deferred: Fault;
}

/** How working on a run ended. */
export type RunEnd = RunResult | StoppedRun | DeferredRun;

/** Works on a run, and closes it in the services that it has reached. */
async function executeAndClose(
  options: LeasedRunOptions,
  journal: RunJournal,
  hasBegun: () => boolean,
): Promise<RunResult> {
  try {
    return await execute(options, journal);
  } finally {
    // Services that were never reached hold nothing, and would be waited for once more. Where another took the run over, it
    // is open for that one.
    if (hasBegun()) {
      const closing = options.lease.requireHeld().then(() => closeRun(options.clients, options));
      await closing.catch(() => {});
    }
  }
}

async function executeOpened(options: LeasedRunOptions, journal: RunJournal): Promise<RunEnd> {
  const entriesBefore = journal.entries.length;
  const hasBegun = () => isBegun(journal.entries.slice(entriesBefore));
  try {
    return await executeAndClose(options, journal, hasBegun);
  } catch (error) {
    const deferral = findDeferral(error, {
      hasBegun: hasBegun(),
      isKnown: options.contact.made || listEntries(journal.entries, 'data.read').length > 0,
    });
    const at = new Date().toISOString();
    if (deferral !== undefined && !options.signal.aborted) {
      const reason = describeError(deferral);
      // Once, however often its services are looked for.
      if (listEntries(journal.entries.slice(-1), 'run.queued')[0]?.reason !== reason)
        await journal.append({ event: 'run.queued', at, reason });
      return { deferred: deferral };
    }
    const stop = describeStop(deferral === undefined ? error : giveUpWaiting(deferral), options);
    const written = await writeStop(stop, journal);
    const hold = await options.lease.requireHeld().then(
      () => 'kept' as const,
      () => 'lost' as const,
    );
    return { stop: written, error, hold };
  }
}

/**
 * Writes down how a run stopped; answers how it stands there. A journal that cannot be written must not hide why the run
 * stopped, and without this entry it was interrupted: so one that was cancelled says that it goes on.
 */
async function writeStop(stop: RunStop, journal: RunJournal): Promise<RunStop> {
  if (stop.kind === 'disk-full') return stop;
  try {
    await journal.append({ event: 'run.stopped', ...stop });
    return stop;
  } catch (error) {
    if (stop.state !== 'cancelled') return stop;
    const message = `it was cancelled, and that could not be written down: ${describeError(error)}; cancel it again`;
    return { ...stop, state: 'interrupted', message };
  }
}

/** Whether a run has reached its services, and may be open in one of them. */
function isBegun(entries: readonly JournalEntry[]): boolean {
  return listEntries(entries, 'run.started').length > 0;
}

/** Works on a run if it still waits: another process may have worked on it meanwhile. */
async function executeLeased(options: LeasedRunOptions, onOpen: () => void): Promise<RunEnd> {
  const room = describeRoom(options);
  const opened = await withRoom(
    () => openRunJournal(options.folder, options.lease.requireHeld),
    room,
  );
  const journal: RunJournal = {
    ...opened,
    async append(entry) {
      // A run that was cancelled was asked to stop long since, and has to say so, or the next process goes on with it.
      const isCancelled = entry.event === 'run.stopped' && entry.state === 'cancelled';
      const until = isCancelled ? { ...room, signal: options.ending } : room;
      await withRoom(() => opened.append(entry), until);
      options.observer?.onRecord?.(options.runId, entry);
    },
  };
  try {
    requireQueued(options.folder, journal.entries);
    onOpen();
    return await executeOpened(options, journal);
  } finally {
    await journal.close();
  }
}

/**
 * Executes a run that waits from its folder's plan to its verdict, from its last checkpoint where it has one. Never
 * rejects; what was saved before it stopped stays. Where another process works on it, or did, it stops as `aborted`, and
 * was never this one's.
 */
export function executeRun(options: ExecuteRunOptions): Promise<RunEnd> {
  // The call that submitted it has long been answered.
  return withoutSpan(() => executeAlone(options));
}

async function executeAlone(options: ExecuteRunOptions): Promise<RunEnd> {
  let hold: StoppedRun['hold'] = 'never';
  try {
    const { folder, publish, signal } = options;
    const room = describeRoom(options);
    await withRoom(() => mkdir(folder.checkpoints, { recursive: true }), room);
    const owner = await findRunOwner(folder);
    if (owner !== undefined) {
      const message = `Waits for whether ${owner} still works on this run.`;
      publish({ $case: 'noted', value: { message } });
    }
    const lease = await withRoom(() => leaseRun(folder, { signal }), room);
    try {
      return await executeLeased({ ...options, lease }, () => {
        hold = 'kept';
      });
    } finally {
      await lease.release();
    }
  } catch (error) {
    return { stop: describeStop(error, options), error, hold };
  }
}
