import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { Command } from 'commander';
import { findRun, nameRun } from '../controller/find-run.js';
import {
  addControllerOptions,
  type ControllerOptions,
  repeatOption,
  withController,
} from '../controller/with-controller.js';
import { nameCommand } from '../name-command.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';

const examples = (holdfast: string) => `
Examples:
  ${holdfast} cancel plan-1a2b3c4d

The run finishes its step and saves everything. One that waits, or was interrupted, is cancelled
at once. A run that ended otherwise stays as it is.`;

/** Adds `holdfast cancel`. */
export function addCancel(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = program
    .command('cancel')
    .summary('have a controller stop a run, with everything saved')
    .description('Asks a controller to stop a run after its current step, with everything saved.')
    .argument('<run>', "the run's name or id");
  addControllerOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: ControllerOptions) => {
      await withController(options, terminal, async (controller) => {
        const run = await findRun(controller, name);
        await controller.cancelRun({ runId: run.runId });
        const resume = `${nameCommand(terminal.environment)} resume ${nameRun(run)}${repeatOption(options) || ' --controller'}`;
        const { run: after } = await controller.getRun({ runId: run.runId });
        const hasWaited = run.queued !== undefined && after?.state === RunState.RUN_STATE_CANCELLED;
        const said = hasWaited
          ? `Cancelled ${nameRun(run)}, which waited.`
          : `Asked ${nameRun(run)} to stop.`;
        terminal.progress.write(`${said} Go on later with: ${resume}\n`);
      });
      onExit(exitCodes.ok);
    });
}
