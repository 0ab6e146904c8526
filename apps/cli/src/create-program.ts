import { Command, CommanderError } from 'commander';
import { commands } from './commands/commands.js';
import { nameCommand } from './name-command.js';
import { exitCodes, reportError } from './terminal/report-error.js';
import type { Terminal } from './terminal/terminal.js';
import { version } from './version.js';

const examples = (holdfast: string) => `
Examples:
  ${holdfast} init --model models/clip --data images --target foggy
  ${holdfast} plan check plan.yaml
  ${holdfast} run plan.yaml

Every command has examples: ${holdfast} <command> --help`;

/** The commands that these arguments can be about. */
function choose([first]: readonly string[]) {
  if (first === '--version' || first === '-V') return [];
  const named = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;
  return named === undefined ? Object.values(commands) : [named];
}

/** Makes the program; `onExit` is told the exit code of the command that ran. */
async function createProgram(
  argv: readonly string[],
  terminal: Terminal,
  onExit: (code: number) => void,
): Promise<Command> {
  const program = new Command('holdfast');
  program
    .description(
      'Improves a vision-language model on what it gets wrong, without losing anything it gets right.',
    )
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.output.write,
      writeErr: terminal.progress.write,
      getOutHelpWidth: terminal.output.columns,
      getErrHelpWidth: terminal.progress.columns,
    });
  for (const load of choose(argv)) (await load())(program, terminal, onExit);
  return program;
}

/**
 * Runs a command line.
 *
 * @param argv arguments after the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.ok;
  try {
    const program = await createProgram(argv, terminal, (exitCode) => {
      code = exitCode;
    });
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said what is wrong with the arguments; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.failure;
    return reportError(error, terminal);
  }
}
