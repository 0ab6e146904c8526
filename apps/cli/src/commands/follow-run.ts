import { fromUri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  Outcome,
  type Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeWatched } from '@holdfast/report';
import { parseVerdict } from '@holdfast/run-store';
import { nameRun } from '../controller/find-run.js';
import { watchEvents } from '../controller/watch-events.js';
import { nameCommand } from '../name-command.js';
import { quoteArgument } from '../quote-argument.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { formatMeans } from '../verdict/format-means.js';
import { formatClaims, formatComparisons, formatOutcome } from '../verdict/format-verdict.js';
import { createRunView } from '../watch/create-run-view.js';
import type { RunView } from '../watch/run-view.js';

/** A run that was started, and how to show it. */
export interface FollowedRun {
  readonly runId: string;
  readonly json: boolean;
  /** The controller is another process: an interrupt leaves the run going. */
  readonly remote?: {
    /** What else a command needs to reach it: ` --controller host:port`, or nothing. */
    readonly option: string;
  };
}

/**
 * Watches a run to its end and says how it ended. The first interrupt asks it to stop with everything saved, and the
 * second ends this process; where the controller is another process, it ends the watching alone.
 *
 * @returns the exit code
 */
export async function followRun(
  controller: ControllerServiceClient,
  followed: FollowedRun,
  terminal: Terminal,
): Promise<number> {
  const { runId, remote } = followed;
  const view = createRunView(terminal.progress, terminal.now);
  const leaving = new AbortController();
  const stopListening = remote
    ? terminal.onInterrupt(() => leaving.abort())
    : stopOnInterrupt(controller, runId, view, terminal);
  const onWait = (reason: string) => view.note(reason);
  let run: Run | undefined;
  try {
    const events = watchEvents(controller, { runId, signal: leaving.signal, onWait });
    for await (const { event } of events) {
      if (event === undefined) continue;
      if (event.$case === 'ended') run = event.value.run;
      else view.show(event);
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    stopListening();
    view.close();
  }
  if (run !== undefined) return concludeRun(controller, run, followed, terminal);
  if (!leaving.signal.aborted) throw new Fault('internal', 'the run ended without saying how');
  const command = (name: string) =>
    `${nameCommand(terminal.environment)} ${name} ${runId}${remote?.option}`;
  terminal.progress.write(
    `The run goes on. Watch it again with: ${command('watch')}\nStop it with: ${command('cancel')}\n`,
  );
  return exitCodes.interrupted;
}

function stopOnInterrupt(
  controller: ControllerServiceClient,
  runId: string,
  view: RunView,
  terminal: Terminal,
): () => void {
  let interrupts = 0;
  return terminal.onInterrupt(() => {
    interrupts += 1;
    if (interrupts > 1) {
      view.close();
      terminal.exit(exitCodes.interrupted);
      return;
    }
    view.note('Stopping, with everything saved. Ctrl-C again stops at once.');
    // A run that ended in this moment has nothing to cancel.
    controller.cancelRun({ runId }).catch(() => {});
  });
}

async function concludeRun(
  controller: ControllerServiceClient,
  run: Run,
  { json, remote }: FollowedRun,
  terminal: Terminal,
): Promise<number> {
  const path = shortenPath(fromUri(run.runUri), terminal.cwd);
  const holdfast = nameCommand(terminal.environment);
  const command = remote
    ? `${holdfast} resume ${nameRun(run)}${remote.option || ' --controller'}`
    : `${holdfast} resume ${quoteArgument(path)}`;
  if (run.state === RunState.RUN_STATE_CANCELLED || run.state === RunState.RUN_STATE_INTERRUPTED) {
    const { step = 0, totalSteps = 0 } = run.progress ?? {};
    const where = step === 0 ? 'before the first step' : `after step ${step} of ${totalSteps}`;
    const isAsked = remote === undefined || run.state === RunState.RUN_STATE_CANCELLED;
    const what = isAsked ? 'Stopped' : 'The controller ended, and the run stopped';
    terminal.progress.write(`${what} ${where}. Go on with: ${command}\n`);
    return exitCodes.interrupted;
  }
  if (run.state === RunState.RUN_STATE_FAILED) {
    // The controller's message already lists every field.
    const rest = `What was saved stays in ${path}. Once the cause is mended, go on with: ${command}`;
    const failure = run.failure?.message ?? '';
    const isSaved = await hasFiles(controller, run.runId);
    throw new Fault('precondition', isSaved ? `${failure}\n${rest}` : failure);
  }
  const { verdictJson } = await controller.getVerdict({ runId: run.runId });
  writeResult(verdictJson, path, json, terminal);
  return run.outcome === Outcome.OUTCOME_RETAINED ? exitCodes.ok : exitCodes.notReleased;
}

/** Whether a run that failed left its folder. */
async function hasFiles(controller: ControllerServiceClient, runId: string): Promise<boolean> {
  const { artifacts } = await controller.listArtifacts({ runId }).catch(() => ({ artifacts: [] }));
  return artifacts.length > 0;
}

function writeResult(text: string, path: string, json: boolean, { output }: Terminal): void {
  if (json) {
    output.write(text);
    return;
  }
  const verdict = parseVerdict(text, `${path}/verdict.json`);
  const { colors } = output;
  const lines = [
    '',
    formatOutcome(verdict.outcome, colors),
    verdict.reason,
    describeWatched(verdict.target, verdict.protected),
    '',
    ...formatComparisons(verdict.target, verdict.protected, colors),
    ...formatMeans(verdict.claims ?? [], colors),
    '',
    ...formatClaims(verdict.first?.reason, verdict.drift?.reason),
    '',
    `report      ${path}/report.html`,
    `candidate   ${path}/candidate`,
  ];
  output.write(`${lines.join('\n')}\n`);
}
