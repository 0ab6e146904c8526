import { Run, type RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { type Command, Option } from 'commander';
import { listAllRuns } from '../controller/find-run.js';
import { formatRuns, stateWords } from '../controller/format-run.js';
import { parseLabel } from '../controller/parse-label.js';
import {
  addControllerOptions,
  type ControllerOptions,
  withController,
} from '../controller/with-controller.js';
import { nameCommand } from '../name-command.js';
import { parseCount } from '../parse-option.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';

interface ListOptions extends ControllerOptions {
  readonly state?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} list
  ${holdfast} list --state training gating
  ${holdfast} list --label team=vision --json | jq .runId`;

/** Adds `holdfast list`. */
export function addList(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = program
    .command('list')
    .summary('list the runs of a controller')
    .description('Lists the runs of a controller, newest first.')
    .addOption(
      new Option('--state <states...>', 'only runs in one of these states').choices([
        ...stateWords.keys(),
      ]),
    )
    .option('--label <key=value>', 'only runs with this label; can be given again', parseLabel)
    .option('--limit <n>', 'at most this many', parseCount, 50)
    .option('--json', 'print every run as a line of JSON, as in controller.proto');
  addControllerOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (options: ListOptions) => {
      await withController(options, terminal, async (controller) => {
        const states = (options.state ?? []).map((word): RunState => stateWords.get(word)!);
        const runs: Run[] = [];
        for await (const run of listAllRuns(controller, { states, labels: options.label ?? {} })) {
          runs.push(run);
          if (runs.length === options.limit) break;
        }
        const lines = options.json
          ? runs.map((run) => JSON.stringify(Run.toJSON(run)))
          : formatRuns(runs, Date.now());
        for (const line of lines) terminal.output.write(`${line}\n`);
      });
      onExit(exitCodes.ok);
    });
}
