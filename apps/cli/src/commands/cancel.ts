import { type Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { Command } from 'commander';
import { findRun, nameRun } from '../controller/find-run.js';
import { formatEnd } from '../controller/format-run.js';
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
        const hint =
          after?.state === RunState.RUN_STATE_COMPLETED ? '' : ` Go on later with: ${resume}`;
        terminal.progress.write(`${describeCancel(run, after ?? run)}${hint}\n`);
      });
      onExit(exitCodes.ok);
    });
}

const { RUN_STATE_QUEUED, RUN_STATE_INTERRUPTED, RUN_STATE_CANCELLED } = RunState;

/** States of a run that has ended otherwise than by being cancelled. */
const otherEnds: ReadonlySet<RunState> = new Set([
  RunState.RUN_STATE_COMPLETED,
  RunState.RUN_STATE_FAILED,
  RUN_STATE_INTERRUPTED,
]);

/** What became of a run that was to be cancelled, by how it was before and after. */
function describeCancel(before: Run, after: Run): string {
  const name = nameRun(before);
  if (otherEnds.has(after.state) || before.state === RUN_STATE_CANCELLED) {
    return `${name} had ended already: ${formatEnd(after)}.`;
  }
  if (after.state === RUN_STATE_CANCELLED) {
    if (before.state === RUN_STATE_QUEUED) return `Cancelled ${name}, which waited.`;
    if (before.state === RUN_STATE_INTERRUPTED) return `Cancelled ${name}, which was interrupted.`;
  }
  return `Asked ${name} to stop.`;
}
