import { openPlanFile, type PlanFile } from '@holdfast/evaluation';
import { nameCommand } from './name-command.js';
import type { Terminal } from './terminal/terminal.js';

/** Reads a plan that is named on the command line. */
export function readPlanFile(
  name: string,
  { cwd, environment }: Pick<Terminal, 'cwd' | 'environment'>,
): Promise<PlanFile> {
  return openPlanFile(name, { cwd, command: nameCommand(environment) });
}
