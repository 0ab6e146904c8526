import { dirname, join, sep } from 'node:path';
import { isS3Uri, resolveName, toUri } from '@holdfast/artifacts';
import { isFault } from '@holdfast/fault';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { readOrigin } from '@holdfast/run-store';
import type { Command } from 'commander';
import { findRun, nameRun } from '../controller/find-run.js';
import { formatEnd } from '../controller/format-run.js';
import {
  addControllerOptions,
  type ControllerOptions,
  repeatOption,
  withController,
} from '../controller/with-controller.js';
import type { HostedRuns } from '../host-services.js';
import { nameCommand } from '../name-command.js';
import { publishBeside } from '../publish/publish-beside.js';
import type { PublishOptions } from '../publish/publish-options.js';
import { readPlanFile } from '../read-plan-file.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { followRun } from './follow-run.js';
import { addRunOptions, chooseLimits, type EngineOptions, followHostedRun } from './run.js';

interface ResumeOptions extends EngineOptions, PublishOptions, ControllerOptions {
  readonly wait?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} resume runs/plan-1a2b3c4d
  ${holdfast} resume plan-1a2b3c4d --controller
  ${holdfast} resume runs/plan-1a2b3c4d --controller 127.0.0.1:50050 --wait

The run goes on from its newest checkpoint that is not damaged. With the same threads and
execution provider it ends with the same bits as if it had never stopped. A finished run is
left as it is: its verdict is shown again. With --controller, a controller in another process
goes on with it, and the options of the engine are that controller's.`;

/** Adds `holdfast resume`. */
export function addResume(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = addRunOptions(
    program
      .command('resume')
      .summary('go on with a run that stopped')
      .description(
        'Goes on with a run that was interrupted or failed, from its newest checkpoint that is not damaged.',
      )
      .argument('<run>', "the run's folder; with --controller also its name or id"),
  );
  addControllerOptions(command, '[address]')
    .option('--wait', 'with --controller: watch the run to its end')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (run: string, options: ResumeOptions) => {
      const resume = options.controller === undefined ? resumeHere : resumeThere;
      onExit(await resume(run, options, terminal));
    });
}

/** Has a controller in another process go on with a run. */
async function resumeThere(
  name: string,
  options: ResumeOptions,
  terminal: Terminal,
): Promise<number> {
  return withController(options, terminal, async (controller) => {
    const runUri = await findRun(controller, name).then(
      (run) => run.runUri,
      (error) => {
        // A controller can go on with a run in a folder that it did not hear of.
        if (isFault(error) && error.kind === 'not-found' && name.includes(sep)) {
          return toUri(resolveName(terminal.cwd, name));
        }
        throw error;
      },
    );
    const { runId, step } = await controller.resumeRun({ runUri });
    const { run } = await controller.getRun({ runId });
    const when = run?.queued && ` when its turn comes (place ${run.queued.position} in the queue)`;
    terminal.progress.write(
      run?.state === RunState.RUN_STATE_COMPLETED
        ? `${nameRun(run)} had ended already: ${formatEnd(run)}.\n`
        : `Going on with ${runId} from step ${step}${when ?? ''}.\n`,
    );
    if (!options.wait) return exitCodes.ok;
    const remote = { option: repeatOption(options) };
    return followRun(controller, { runId, json: options.json ?? false, remote }, terminal);
  });
}

/** Goes on with a run in this process. */
async function resumeHere(
  run: string,
  options: ResumeOptions,
  terminal: Terminal,
): Promise<number> {
  const runPath = resolveName(terminal.cwd, run);
  // First, for whoever names another folder is not helped by what is missing in its plan.
  await readOrigin(runPath);
  const planName = isS3Uri(run) ? `${run.replace(/\/$/, '')}/plan.yaml` : join(run, 'plan.yaml');
  const file = await readPlanFile(planName, terminal);
  const start = {
    limits: chooseLimits(options, file),
    runsPath: dirname(runPath),
    json: options.json ?? false,
    async submit(controller: HostedRuns['controller']) {
      const resumed = await controller.resumeRun({ runUri: toUri(runPath) });
      const { run: found } = await controller.getRun({ runId: resumed.runId });
      if (found?.state === RunState.RUN_STATE_COMPLETED) {
        const verdict = shortenPath(join(runPath, 'verdict.json'), terminal.cwd);
        terminal.progress.write(`This run is finished; its verdict is in ${verdict}\n`);
      }
      return resumed;
    },
  };
  return publishBeside(options, terminal, (onRun) =>
    followHostedRun({ ...start, onRun }, terminal),
  );
}
