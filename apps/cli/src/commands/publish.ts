import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMirrored, pullFolder, resolveName } from '@holdfast/artifacts';
import { describeError, Fault } from '@holdfast/fault';
import type { RunListener } from '@holdfast/publish';
import { readOrigin } from '@holdfast/run-store';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import {
  addPublishOptions,
  chooseListeners,
  type PublishOptions,
} from '../publish/publish-options.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';

interface PublishCommandOptions extends PublishOptions {
  readonly follow?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} publish runs/fog --mlflow http://127.0.0.1:5000
  ${holdfast} publish runs/fog --tensorboard logs --model-card
  ${holdfast} publish runs --follow --mlflow http://127.0.0.1:5000 --webhook https://hooks.example/verdicts

A run is published from its folder alone, during the run or long after it, and as often as one likes: what is there
already is not made twice. \`run\` and \`resume\` take the same options.`;

/** Adds `holdfast publish`. */
export function addPublish(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  addPublishOptions(
    program
      .command('publish')
      .summary('tell MLflow, TensorBoard, a model card or a webhook of a run')
      .description("Publishes a run's parameters, metrics, verdict and model from its folder.")
      .argument('<folder>', "a run's folder; with --follow also a folder of runs")
      .option('--follow', 'go on until the run ends; of a folder of runs, until it is stopped'),
  )
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (folder: string, options: PublishCommandOptions) => {
      onExit(await publish(folder, options, terminal));
    });
}

async function publish(
  name: string,
  options: PublishCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const { cwd, progress } = terminal;
  const createListeners = await chooseListeners(options, terminal);
  if (createListeners === undefined) {
    throw new Fault('invalid', 'say where: --mlflow, --tensorboard, --model-card or --webhook');
  }
  const folder = resolveName(cwd, name);
  if (isMirrored(folder)) {
    if (options.follow) {
      throw new Fault('invalid', '--follow reads a folder; publish a run of a store at its end');
    }
    // Brings the run, but for its weights.
    await readOrigin(folder);
    await pullFolder(join(folder, 'candidate'));
  }
  const isRun = (await stat(join(folder, 'origin.json')).catch(() => undefined)) !== undefined;
  const abort = new AbortController();
  const stopListening = terminal.onInterrupt(() => abort.abort());
  try {
    if (isRun) return await publishOne(folder, createListeners(), options, abort.signal, terminal);
    if (!options.follow) {
      throw new Fault(
        'not-found',
        `${name} holds no run; name a run's folder, or a folder of runs with --follow`,
      );
    }
    const { publishRuns } = await import('@holdfast/publish');
    const note = (message: string) => progress.write(`${message}\n`);
    progress.write(`Publishing the runs of ${name}; stop it with Ctrl-C.\n`);
    await publishRuns(folder, { createListeners, signal: abort.signal, note });
    return exitCodes.ok;
  } finally {
    stopListening();
  }
}

/** Tells each, whatever becomes of the others. */
async function publishOne(
  folder: string,
  listeners: readonly RunListener[],
  { follow = false }: PublishCommandOptions,
  signal: AbortSignal,
  { output, progress }: Terminal,
): Promise<number> {
  const { publishRun } = await import('@holdfast/publish');
  const onFailure = (message: string) => progress.write(`${message}\n`);
  let isWhole = true;
  const tell = async (listener: RunListener) => {
    try {
      const hasEnded = await publishRun(folder, listener, { follow, signal, onFailure });
      output.write(`published  ${listener.name}${hasEnded ? '' : ' (the run goes on)'}\n`);
    } catch (error) {
      if (signal.aborted) return;
      isWhole = false;
      progress.write(`${listener.name}: ${describeError(error)}\n`);
    }
  };
  await Promise.all(listeners.map(tell));
  if (signal.aborted) return exitCodes.interrupted;
  return isWhole ? exitCodes.ok : exitCodes.failure;
}
