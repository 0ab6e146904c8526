import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';
import { addDataAugmentPreview } from './data-augment-preview.js';
import { addDataCheck } from './data-check.js';
import { addDataInspect } from './data-inspect.js';
import { addDataMine } from './data-mine.js';
import { addDataSelect } from './data-select.js';
import { addDataSplit } from './data-split.js';

/** Adds `holdfast data` and its commands. */
export function addData(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  const data = program
    .command('data')
    .summary('look at data, divide them, and check those of a plan')
    .description('Works on images and manifests, and on the data that a plan names.');
  const commands = [
    addDataInspect,
    addDataSplit,
    addDataSelect,
    addDataMine,
    addDataAugmentPreview,
    addDataCheck,
  ];
  for (const add of commands) add(data, terminal, onExit);
}
