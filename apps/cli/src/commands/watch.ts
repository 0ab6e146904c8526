import {
  type ControllerServiceClient,
  Outcome,
  type Run,
  RunState,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import type { Command } from 'commander';
import { findRun } from '../controller/find-run.js';
import { watchEvents } from '../controller/watch-events.js';
import {
  addControllerOptions,
  type ControllerOptions,
  repeatOption,
  withController,
} from '../controller/with-controller.js';
import { nameCommand } from '../name-command.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { followRun } from './follow-run.js';

interface WatchOptions extends ControllerOptions {
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} watch plan-1a2b3c4d
  ${holdfast} watch plan-1a2b3c4d --json | jq .stepApplied.objective

A run is named by its folder's name, its id or the beginning of it. A lost connection is taken up after
the last event that came. Ctrl-C ends the watching, not the run.
Exit code: that of run: 0 released, 2 not released, 1 failed, 130 stopped, or no longer watched.`;

/** Adds `holdfast watch`. */
export function addWatch(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = program
    .command('watch')
    .summary('show a run of a controller while it goes on')
    .description('Shows what happens in a run of a controller until it ends, and how it ended.')
    .argument('<run>', "the run's name or id")
    .option('--json', 'print every event as a line of JSON, as in controller.proto');
  addControllerOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: WatchOptions) => {
      const code = await withController(options, terminal, async (controller) => {
        const { runId } = await findRun(controller, name);
        if (options.json) return printEvents(controller, runId, terminal);
        const remote = { option: repeatOption(options) };
        return followRun(controller, { runId, json: false, remote }, terminal);
      });
      onExit(code);
    });
}

async function printEvents(
  controller: ControllerServiceClient,
  runId: string,
  terminal: Terminal,
): Promise<number> {
  const leaving = new AbortController();
  const stopListening = terminal.onInterrupt(() => leaving.abort());
  const onWait = (reason: string) => terminal.progress.write(`${reason}\n`);
  let run: Run | undefined;
  try {
    for await (const response of watchEvents(controller, {
      runId,
      signal: leaving.signal,
      onWait,
    })) {
      terminal.output.write(`${JSON.stringify(WatchRunResponse.toJSON(response))}\n`);
      if (response.event?.$case === 'ended') run = response.event.value.run;
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    stopListening();
  }
  return chooseExitCode(run);
}

function chooseExitCode(run: Run | undefined): number {
  if (run?.state === RunState.RUN_STATE_FAILED) return exitCodes.failure;
  if (run?.state !== RunState.RUN_STATE_COMPLETED) return exitCodes.interrupted;
  return run.outcome === Outcome.OUTCOME_RETAINED ? exitCodes.ok : exitCodes.notReleased;
}
