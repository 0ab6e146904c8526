import { Command, CommanderError } from 'commander';
import { addCancel } from './commands/cancel.js';
import { addCompare } from './commands/compare.js';
import { addData } from './commands/data.js';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExport } from './commands/export.js';
import { addGate } from './commands/gate.js';
import { addInit } from './commands/init.js';
import { addList } from './commands/list.js';
import { addLogs } from './commands/logs.js';
import { addManifest } from './commands/manifest.js';
import { addPlan } from './commands/plan-check.js';
import { addPromote } from './commands/promote.js';
import { addPublish } from './commands/publish.js';
import { addResume } from './commands/resume.js';
import { addRun } from './commands/run.js';
import { addServe, addUp } from './commands/serve.js';
import { addSign } from './commands/sign.js';
import { addSubmit } from './commands/submit.js';
import { addTune } from './commands/tune.js';
import { addVerify } from './commands/verify.js';
import { addWatch } from './commands/watch.js';
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

/** Makes the program; `onExit` is told the exit code of the command that ran. */
function createProgram(terminal: Terminal, onExit: (code: number) => void): Command {
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
  const commands = [
    addInit,
    addPlan,
    addTune,
    addData,
    addRun,
    addResume,
    addEvaluate,
    addCompare,
    addGate,
    addExport,
    addPromote,
    addSign,
    addVerify,
    addPublish,
    addDoctor,
    addUp,
    addServe,
    addSubmit,
    addWatch,
    addList,
    addCancel,
    addLogs,
    addManifest,
  ];
  for (const add of commands) add(program, terminal, onExit);
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
    const program = createProgram(terminal, (exitCode) => {
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
