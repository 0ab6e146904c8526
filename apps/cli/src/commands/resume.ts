import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { readOrigin } from '@holdfast/run-store';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { readPlanFile } from '../read-plan-file.js';
import { shortenPath } from '../shorten-path.js';
import type { Terminal } from '../terminal/terminal.js';
import { addEngineOptions, chooseLimits, type EngineOptions, followHostedRun } from './run.js';

const examples = (holdfast: string) => `
Examples:
  ${holdfast} resume runs/plan-1a2b3c4d

The run goes on from its newest checkpoint that is not damaged. With the same threads and
execution provider it ends with the same bits as if it had never stopped. A finished run is
left as it is: its verdict is shown again.`;

/** Adds `holdfast resume`. */
export function addResume(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  addEngineOptions(
    program
      .command('resume')
      .summary('go on with a run that stopped')
      .description(
        'Goes on with a run that was interrupted or failed, from its newest checkpoint that is not damaged.',
      )
      .argument('<run>', "the run's folder"),
  )
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (run: string, options: EngineOptions) => {
      onExit(await resumeRun(run, options, terminal));
    });
}

async function resumeRun(run: string, options: EngineOptions, terminal: Terminal): Promise<number> {
  const runPath = resolve(terminal.cwd, run);
  // First, for whoever names another folder is not helped by what is missing in its plan.
  await readOrigin(runPath);
  const file = await readPlanFile(join(run, 'plan.yaml'), terminal);
  return followHostedRun(
    {
      limits: chooseLimits(options, file),
      runsPath: dirname(runPath),
      json: options.json ?? false,
      async submit(controller) {
        const resumed = await controller.resumeRun({ runUri: pathToFileURL(runPath).href });
        const { run: found } = await controller.getRun({ runId: resumed.runId });
        if (found?.state === RunState.RUN_STATE_COMPLETED) {
          const verdict = shortenPath(join(runPath, 'verdict.json'), terminal.cwd);
          terminal.progress.write(`This run is finished; its verdict is in ${verdict}\n`);
        }
        return resumed;
      },
    },
    terminal,
  );
}
