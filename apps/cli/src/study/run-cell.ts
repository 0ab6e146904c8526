import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, toUri } from '@holdfast/artifacts';
import { Fault, isFault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  type Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { studyLabel } from '@holdfast/run-store';
import type { Cell } from '@holdfast/study';
import { watchEvents } from '../controller/watch-events.js';
import type { Terminal } from '../terminal/terminal.js';
import { createRunView } from '../watch/create-run-view.js';
import { createNotesView } from './notes-view.js';
import type { OpenStudy } from './open-study.js';

/** Who runs the cells of a study, and until when. */
export interface CellRunner {
  readonly controller: ControllerServiceClient;
  /** The controller is another process: an interrupt leaves its run going. */
  readonly isRemote: boolean;
  readonly signal: AbortSignal;
}

/** Whether a run has the terminal for itself; else its notes alone are shown, with its name. */
export interface Shown {
  readonly isAlone: boolean;
}

const stopped: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_FAILED,
  RunState.RUN_STATE_CANCELLED,
  RunState.RUN_STATE_INTERRUPTED,
]);

/**
 * Starts a run of a study, or goes on with it, and watches it to its end. An abort stops a run of this process with
 * everything saved.
 *
 * @returns how the run ended; undefined where the watching was left
 */
export async function runCell(
  cell: Cell,
  open: OpenStudy,
  { controller, isRemote, signal, isAlone }: CellRunner & Shown,
  terminal: Terminal,
): Promise<Run | undefined> {
  const runId = await startCell(cell, open, controller, isRemote);
  const { progress, now } = terminal;
  const view = isAlone ? createRunView(progress, now) : createNotesView(progress, cell.name);
  // A run that ended in this moment has nothing to cancel.
  const stop = () => void controller.cancelRun({ runId }).catch(() => {});
  if (!isRemote) signal.addEventListener('abort', stop);
  if (!isRemote && signal.aborted) stop();
  const onWait = (reason: string) => view.note(reason);
  try {
    const watched = { runId, onWait, ...(isRemote && { signal }) };
    for await (const { event } of watchEvents(controller, watched)) {
      if (event?.$case === 'ended') return event.value.run;
      if (event !== undefined) view.show(event);
    }
  } catch (error) {
    if (!isRemote || !signal.aborted) throw error;
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
    view.close();
  }
  throw new Fault('internal', 'the run ended without saying how');
}

async function startCell(
  cell: Cell,
  open: OpenStudy,
  controller: ControllerServiceClient,
  isRemote: boolean,
): Promise<string> {
  const runUri = toUri(cell.path);
  const isSubmitted = await stat(join(cell.path, 'origin.json')).then(
    () => true,
    () => false,
  );
  // A controller in another process may still be at work on it: the repeated request finds the run.
  if (isSubmitted && !isRemote) return (await controller.resumeRun({ runUri })).runId;
  const { runId } = await controller.submitRun({
    requestId: `study-${sha256(`${open.file.sha256} ${cell.path}`).slice(0, 40)}`,
    planYaml: cell.planYaml,
    planName: `${open.file.name}, ${cell.name}`,
    baseUri: toUri(open.base.basePath),
    runUri,
    labels: {
      method: cell.method,
      seed: String(cell.seed),
      // By this label nothing releases it.
      [studyLabel]: open.file.name,
      ...(cell.variant !== null && { variant: cell.variant }),
    },
  });
  if (!isSubmitted) return runId;
  const state = await controller.getRun({ runId }).then(
    ({ run }) => run?.state,
    (error: unknown) => {
      // It was there before this controller was.
      if (isFault(error) && error.kind === 'not-found') return RunState.RUN_STATE_INTERRUPTED;
      throw error;
    },
  );
  if (state !== undefined && stopped.has(state)) await controller.resumeRun({ runUri });
  return runId;
}
