import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@holdfast/fault';
import {
  type ControllerServiceClient,
  Outcome,
  type Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeWatched } from '@holdfast/report';
import { describeRunFolder, readVerdict } from '@holdfast/run-store';
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
}

/**
 * Watches a run to its end and says how it ended. The first interrupt asks it to stop with
 * everything saved; the second ends this process.
 *
 * @returns the exit code
 */
export async function followRun(
  controller: ControllerServiceClient,
  { runId, json }: FollowedRun,
  terminal: Terminal,
): Promise<number> {
  const view = createRunView(terminal.progress, terminal.now);
  const stopListening = stopOnInterrupt(controller, runId, view, terminal);
  let run: Run | undefined;
  try {
    for await (const { event } of controller.watchRun({ runId })) {
      if (event === undefined) continue;
      if (event.$case === 'ended') run = event.value.run;
      else view.show(event);
    }
  } finally {
    stopListening();
    view.close();
  }
  if (run === undefined) throw new Fault('internal', 'the run ended without saying how');
  return concludeRun(run, json, terminal);
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

async function concludeRun(run: Run, json: boolean, terminal: Terminal): Promise<number> {
  const runPath = fileURLToPath(run.runUri);
  const path = shortenPath(runPath, terminal.cwd);
  const isSaved = (await stat(join(runPath, 'origin.json')).catch(() => undefined)) !== undefined;
  const command = `${nameCommand(terminal.environment)} resume ${quoteArgument(path)}`;
  if (run.state === RunState.RUN_STATE_CANCELLED || run.state === RunState.RUN_STATE_INTERRUPTED) {
    const { step = 0, totalSteps = 0 } = run.progress ?? {};
    const where = step === 0 ? 'before the first step' : `after step ${step} of ${totalSteps}`;
    terminal.progress.write(`Stopped ${where}. Go on with: ${command}\n`);
    return exitCodes.interrupted;
  }
  if (run.state === RunState.RUN_STATE_FAILED) {
    // The controller's message already lists every field.
    const rest = `What was saved stays in ${path}. Once the cause is mended, go on with: ${command}`;
    const failure = run.failure?.message ?? '';
    throw new Fault('precondition', isSaved ? `${failure}\n${rest}` : failure);
  }
  await writeResult(run, path, json, terminal);
  return run.outcome === Outcome.OUTCOME_RETAINED ? exitCodes.ok : exitCodes.notReleased;
}

async function writeResult(
  run: Run,
  path: string,
  json: boolean,
  { output }: Terminal,
): Promise<void> {
  const { text, verdict } = await readVerdict(describeRunFolder(fileURLToPath(run.runUri)).verdict);
  if (json) {
    output.write(text);
    return;
  }
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
    `report      ${join(path, 'report.html')}`,
    `candidate   ${join(path, 'candidate')}`,
  ];
  output.write(`${lines.join('\n')}\n`);
}
