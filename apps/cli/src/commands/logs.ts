import type { Command } from 'commander';
import { findRun } from '../controller/find-run.js';
import {
  addControllerOptions,
  type ControllerOptions,
  withController,
} from '../controller/with-controller.js';
import { nameCommand } from '../name-command.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';

const examples = (holdfast: string) => `
Examples:
  ${holdfast} logs plan-1a2b3c4d
  ${holdfast} logs plan-1a2b3c4d | jq 'select(.event == "run.stopped")'

Prints the run's journal.jsonl: a line of JSON for everything that happened. Steps are in watch.`;

/** Adds `holdfast logs`. */
export function addLogs(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = program
    .command('logs')
    .summary('print the journal of a run of a controller')
    .description('Prints the journal of a run of a controller.')
    .argument('<run>', "the run's name or id");
  addControllerOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (name: string, options: ControllerOptions) => {
      await withController(options, terminal, async (controller) => {
        const { runId } = await findRun(controller, name);
        const decoder = new TextDecoder();
        for await (const { chunk } of controller.getArtifact({ runId, path: 'journal.jsonl' })) {
          terminal.output.write(decoder.decode(chunk, { stream: true }));
        }
      });
      onExit(exitCodes.ok);
    });
}
