import { randomUUID } from 'node:crypto';
import { resolveName, toUri } from '@holdfast/artifacts';
import type { Command } from 'commander';
import { nameRun } from '../controller/find-run.js';
import { parseLabel } from '../controller/parse-label.js';
import {
  addControllerOptions,
  type ControllerOptions,
  repeatOption,
  withController,
} from '../controller/with-controller.js';
import { nameCommand } from '../name-command.js';
import { parseInteger } from '../parse-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { followRun } from './follow-run.js';

interface SubmitOptions extends ControllerOptions {
  readonly runFolder?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly caller?: string;
  readonly requestId?: string;
  readonly wait?: boolean;
  readonly anyVerdict?: boolean;
  readonly base?: string;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} submit plan.yaml
  ${holdfast} submit plan.yaml --wait
  ${holdfast} submit plan.yaml --label team=vision --label ticket=1234
  ${holdfast} submit plan.yaml --priority 10 --caller nightly
  ${holdfast} submit plan.yaml --controller 127.0.0.1:50050 --request-id nightly-2026-11-28

Prints the run's id. While the controller works on as many runs as it may, the run waits: of a higher
priority before those of a lower one, then as they came. Paths in the plan start from the plan's folder, or that of --base; the controller must see it.
Exit code: 0 submitted. With --wait that of run: 0 released, 2 not released (regressed, undecided
or no feasible candidate), 1 failed, 130 interrupted; Ctrl-C leaves the run going. With --any-verdict 0 in place of 2,
for those to whom every other code is a failure, as to a Job of Kubernetes.`;

/** Adds `holdfast submit`. */
export function addSubmit(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const command = program
    .command('submit')
    .summary('have a controller run a plan')
    .description('Has a controller in another process run a plan.')
    .argument('<plan>', 'plan to follow')
    .option('--wait', 'watch the run to its end')
    .option('--any-verdict', 'with --wait: exit with 0 whether it released or not')
    .option('--base <folder>', "folder that the plan's paths start from (default: the plan's own)")
    .option('--label <key=value>', 'label of the run, for list; can be given again', parseLabel)
    .option('--run-folder <folder>', "folder of this run (default: one in the controller's own)")
    .option('--priority <n>', 'runs of a higher one have their turn first', parseInteger, 0)
    .option('--caller <name>', 'who asks, for limits per caller (or HOLDFAST_CALLER, or USER)')
    .option(
      '--request-id <id>',
      'name of this request: the same one again finds the run that it started',
    )
    .option('--json', 'print id and folder as JSON, or with --wait the verdict');
  addControllerOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: SubmitOptions) => {
      onExit(await submit(plan, options, terminal));
    });
}

async function submit(name: string, options: SubmitOptions, terminal: Terminal): Promise<number> {
  const { runFolder, label = {}, requestId = randomUUID(), wait, json = false, base } = options;
  const { HOLDFAST_CALLER, USER = '' } = terminal.environment;
  const file = await readPlanFile(name, terminal);
  return withController(options, terminal, async (controller) => {
    const submitted = await controller.submitRun({
      requestId,
      planYaml: file.text,
      planName: name,
      baseUri: toUri(base === undefined ? file.basePath : resolveName(terminal.cwd, base)),
      runUri: runFolder && toUri(resolveName(terminal.cwd, runFolder)),
      labels: label,
      priority: options.priority,
      caller: options.caller ?? HOLDFAST_CALLER ?? USER,
    });
    const { runId, runUri } = submitted;
    if (wait) {
      terminal.progress.write(`Submitted ${nameRun(submitted)}, ${runId}.\n`);
      const remote = { option: repeatOption(options) };
      const code = await followRun(controller, { runId, json, remote }, terminal);
      return code === exitCodes.notReleased && options.anyVerdict ? exitCodes.ok : code;
    }
    terminal.output.write(json ? `${JSON.stringify({ runId, runUri })}\n` : `${runId}\n`);
    const watch = `${nameCommand(terminal.environment)} watch ${nameRun(submitted)}${repeatOption(options)}`;
    const { run } = await controller.getRun({ runId });
    const place =
      run?.queued === undefined ? '' : ` It has place ${run.queued.position} in the queue.`;
    terminal.progress.write(`Submitted.${place} Watch it with: ${watch}\n`);
    return exitCodes.ok;
  });
}
