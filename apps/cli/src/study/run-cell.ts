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
import type { RunView } from '../watch/run-view.js';
import type { OpenStudy } from './open-study.js';

/** What a run takes from its study. */
export type CellSource = Pick<OpenStudy, 'file' | 'base'>;

/** Who runs a cell of a study, until when, and who is shown it. */
export interface CellRunner {
  readonly controller: ControllerServiceClient;
  /** The controller is another process: an interrupt leaves its run going. */
  readonly isRemote: boolean;
  readonly signal: AbortSignal;
  /** Called when the run has begun. */
  createView(): RunView;
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
  source: CellSource,
  { controller, isRemote, signal, createView }: CellRunner,
): Promise<Run | undefined> {
  const runId = await startCell(cell, source, controller, isRemote);
  const view = createView();
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
  { file, base }: CellSource,
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
    requestId: `study-${sha256(`${file.sha256} ${cell.path}`).slice(0, 40)}`,
    planYaml: cell.planYaml,
    planName: `${file.name}, ${cell.name}`,
    baseUri: toUri(base.basePath),
    runUri,
    labels: {
      method: cell.method,
      seed: String(cell.seed),
      // By this label nothing releases it.
      [studyLabel]: file.name,
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
