import { randomUUID } from 'node:crypto';
import { fromUri, resolveName, toUri } from '@holdfast/artifacts';
import type { ProviderRequest } from '@holdfast/engine';
import type { PlanFile } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import type { EngineLimits } from '@holdfast/host';
import type { Command } from 'commander';
import type { HostedRuns } from '../host-services.js';
import { nameCommand } from '../name-command.js';
import { parseSize, parseThreads, parseThreadsOrNone } from '../parse-option.js';
import { createProviderOption, noteProvider } from '../provider-option.js';
import { publishBeside } from '../publish/publish-beside.js';
import { addPublishOptions, type PublishOptions } from '../publish/publish-options.js';
import { readPlanFile } from '../read-plan-file.js';
import type { Terminal } from '../terminal/terminal.js';
import { interrupted } from '../work/with-work.js';
import { followRun } from './follow-run.js';

/** Options that `run` and `resume` share. */
export interface EngineOptions {
  readonly threads?: number;
  readonly memory?: number;
  readonly imageWorkers?: number;
  readonly executionProvider?: ProviderRequest;
  readonly json?: boolean;
}

interface RunOptions extends EngineOptions, PublishOptions {
  readonly runFolder?: string;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} run plan.yaml
  ${holdfast} run plan.yaml --run-folder runs/fog --threads 4 --memory 4GiB
  ${holdfast} run plan.yaml --execution-provider auto
  ${holdfast} run plan.yaml --json > verdict.json

Exit code: 0 released, 2 not released (regressed, undecided or no feasible candidate), 1 failed,
130 interrupted with everything saved.`;

/** Adds `holdfast run`. */
export function addRun(program: Command, terminal: Terminal, onExit: (code: number) => void): void {
  addRunOptions(
    program
      .command('run')
      .summary('fine-tune a model under a plan, and judge the result')
      .description(
        'Fine-tunes the model of a plan so that nothing protected gets worse, and lets the gate judge the result.',
      )
      .argument('<plan>', 'plan to follow')
      .option(
        '--run-folder <folder>',
        'folder of this run (default: a folder of its own in ./runs)',
      ),
  )
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: RunOptions) => {
      onExit(await runPlan(plan, options, terminal));
    });
}

/** Adds the options that `run` and `resume` share. */
export function addRunOptions(command: Command): Command {
  return addPublishOptions(addEngineOptions(command));
}

/** Adds the options that say how the engine may use the machine, and how the verdict is printed. */
export function addEngineOptions(command: Command): Command {
  return addMachineOptions(command).option('--json', 'print the verdict as JSON on stdout');
}

/** Adds the options that say how the engine may use the machine. */
export function addMachineOptions(command: Command): Command {
  return command
    .option(
      '--threads <n>',
      "threads of the engine (default: the plan's, else all cores, at most 4)",
      parseThreads,
    )
    .option(
      '--memory <size>',
      "memory for kept activations (default: the plan's, else a quarter of what there is)",
      parseSize,
    )
    .option(
      '--image-workers <n>',
      'threads that decode and augment images (default: all cores, at most 4; 0: none)',
      parseThreadsOrNone,
    )
    .addOption(createProviderOption());
}

/** The command line's limits, else the plan's. */
export function chooseLimits(options: EngineOptions, { plan }: PlanFile): EngineLimits {
  const { threads, activationBudgetMib } = plan.engine;
  const planned = activationBudgetMib === undefined ? undefined : activationBudgetMib * 1024 ** 2;
  return {
    threads: options.threads ?? threads,
    activationBudgetBytes: options.memory ?? planned,
    imageWorkers: options.imageWorkers,
    executionProvider: options.executionProvider,
  };
}

/** Hosts the services, starts a run with them and follows it to its end. */
export async function followHostedRun(
  start: {
    readonly limits: EngineLimits;
    readonly runsPath: string;
    readonly json: boolean;
    submit(controller: HostedRuns['controller']): Promise<{ readonly runId: string }>;
    /** Told the run's folder. */
    onRun(runPath: string): void;
  },
  terminal: Terminal,
): Promise<number> {
  // Loading the engine takes a second, in which there is no run to stop yet.
  let isInterrupted = false;
  const stopListening = terminal.onInterrupt(() => {
    isInterrupted = true;
  });
  const { hostServices } = await import('../host-services.js');
  const services = await hostServices(start.limits, start.runsPath);
  try {
    noteProvider(services.engine, start.limits.executionProvider, terminal);
    if (isInterrupted) throw new Fault('cancelled', interrupted);
    const { runId } = await start.submit(services.controller);
    const { run } = await services.controller.getRun({ runId });
    if (run !== undefined) start.onRun(fromUri(run.runUri));
    return await followRun(services.controller, { runId, json: start.json }, terminal);
  } finally {
    stopListening();
    await services.close();
  }
}

async function runPlan(name: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const file = await readPlanFile(name, terminal);
  const { runFolder, json = false } = options;
  const start = {
    limits: chooseLimits(options, file),
    runsPath: resolveName(terminal.cwd, 'runs'),
    json,
    submit: (controller: HostedRuns['controller']) =>
      controller.submitRun({
        requestId: randomUUID(),
        planYaml: file.text,
        planName: name,
        baseUri: toUri(file.basePath),
        runUri: runFolder && toUri(resolveName(terminal.cwd, runFolder)),
      }),
  };
  return publishBeside(options, terminal, (onRun) =>
    followHostedRun({ ...start, onRun }, terminal),
  );
}
