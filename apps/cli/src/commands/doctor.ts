import { findBackEnd } from '@holdfast/term-modules';
import type { Command } from 'commander';
import { advise } from '../doctor/advise.js';
import { diagnose, type Sources } from '../doctor/diagnose.js';
import { formatDiagnosis } from '../doctor/format-diagnosis.js';
import { loadEngineTools } from '../doctor/load-engine-tools.js';
import { readMachine } from '../doctor/read-machine.js';
import { nameCommand } from '../name-command.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';

interface DoctorOptions {
  readonly measure: boolean;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} doctor
  ${holdfast} doctor --no-measure
  ${holdfast} doctor --json > machine.json

Exit code: 0, or 1 if something that Holdfast needs is broken.`;

/** Adds `holdfast doctor`. */
export function addDoctor(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('doctor')
    .summary('say what this machine can do, and what would make it faster')
    .description(
      'Says what this machine can do: processors, memory, execution providers. Measures matrix products and a training step for about ten seconds, and says what to change to be faster.',
    )
    .option('--no-measure', 'only look, measure nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (options: DoctorOptions) => {
      onExit(await examine(options, terminal));
    });
}

/** Looks, measures and concludes; `sources` stand for the machine. */
export async function examine(
  { measure, json }: DoctorOptions,
  { output, progress, cwd }: Terminal,
  sources: Sources = {
    readMachine: () => readMachine(cwd),
    findTfjs: async () => (await findBackEnd()).trials,
    loadEngine: loadEngineTools,
  },
): Promise<number> {
  const onProgress = (activity: string) => progress.write(`${activity}\n`);
  const diagnosis = await diagnose(sources, { measure, onProgress });
  const advice = advise(diagnosis);
  output.write(
    json
      ? `${JSON.stringify({ schema: 'holdfast.doctor/1', ...diagnosis, ...advice }, null, 2)}\n`
      : formatDiagnosis(diagnosis, advice, output.colors),
  );
  return advice.broken.length === 0 ? exitCodes.ok : exitCodes.failure;
}
