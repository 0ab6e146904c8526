import { runServer } from '@holdfast/service-kit';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { readShape } from '../serve/read-shape.js';
import { parseServiceNames, serviceNames } from '../serve/service-names.js';
import { type ServeSettings, startServices } from '../serve/start-services.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';

const serveExamples = (holdfast: string) => `
Examples:
  ${holdfast} serve all
  ${holdfast} serve encoder optimizer --roots /data --listen-port 50051
  ${holdfast} serve constraint --listen-port 50052
  ${holdfast} serve evaluator --listen-port 50054
  ${holdfast} serve controller --roots /data --runs-path /data/runs \\
    --encoder-address 127.0.0.1:50051 --optimizer-address 127.0.0.1:50051 \\
    --constraint-address 127.0.0.1:50052 --evaluator-address 127.0.0.1:50054

Services: ${serviceNames.join(', ')}; all: these five. Encoder and optimizer in one process share an engine:
nothing of the size of the parameters moves between them. Ctrl-C and SIGTERM drain: what is under way is saved.
What may be set: ${holdfast} serve <services> --help`;

const upExamples = (holdfast: string) => `
Examples:
  ${holdfast} up
  ${holdfast} up --roots /data --runs-path /data/runs

It is ${holdfast} serve all: five services in one process, until Ctrl-C. Then, at another terminal:
${holdfast} submit plan.yaml --wait`;

type OnExit = (code: number) => void;

/** Adds `holdfast serve`. */
export function addServe(program: Command, terminal: Terminal, onExit: OnExit): void {
  addServing(program, 'serve', '<services...> [flags]')
    .summary('serve any of the five services in this process')
    .description('Serves services over gRPC, any of the five in one process.')
    .addHelpText('after', serveExamples(nameCommand(terminal.environment)))
    .action(async (_options: unknown, command: Command) => {
      const end = command.args.findIndex((word) => word.startsWith('-'));
      const words = end === -1 ? command.args : command.args.slice(0, end);
      const flags = command.args.slice(words.length);
      if (words.length === 0 && flags.includes('--help')) command.outputHelp();
      else onExit(await serve(words, flags, terminal));
    });
}

/** Adds `holdfast up`. */
export function addUp(program: Command, terminal: Terminal, onExit: OnExit): void {
  addServing(program, 'up', '[flags]')
    .summary('serve all five services, for one person at one machine')
    .description('Serves all five services in this process, for submit, watch, list and cancel.')
    .addHelpText('after', upExamples(nameCommand(terminal.environment)))
    .action(async (_options: unknown, command: Command) => {
      if (command.args.includes('--help')) command.outputHelp();
      onExit(await serve(['all'], command.args, terminal));
    });
}

/** The flags are the services' own, with their environment twins: they are read by them. */
function addServing(program: Command, name: string, usage: string): Command {
  return program
    .command(name)
    .usage(usage)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
}

async function serve(
  words: readonly string[],
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const names = parseServiceNames(words);
  const [first, ...others] = names;
  const settings = await readShape(names, terminal.cwd);
  const server = await runServer({
    // Alone, a service has the variables of its own program.
    name: others.length === 0 ? first! : 'serve',
    usage: `${nameCommand(terminal.environment)} serve ${words.join(' ')}`,
    settings,
    environment: process.env,
    argv,
    start: (read, context) => startServices(names, read as unknown as ServeSettings, context),
  });
  if (server === undefined) {
    return argv.includes('--help') ? exitCodes.ok : exitCodes.failure;
  }
  const next = names.has('controller')
    ? ` Next: ${nameCommand(terminal.environment)} submit plan.yaml`
    : '';
  terminal.progress.write(`Serving ${[...names].join(', ')} at ${server.address}.${next}\n`);
  return exitCodes.ok;
}
