import { dirname } from 'node:path';
import { type PackedFault, packFault } from '@holdfast/fault';
import type { EngineLimits } from '@holdfast/host';
import type { Run } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { Cell } from '@holdfast/study';
import { createTerminal } from '../terminal/terminal.js';
import { divideLimits } from './divide-limits.js';
import { createNotesView } from './notes-view.js';
import { type CellSource, runCell } from './run-cell.js';
import { withHosted } from './with-hosted.js';

/** A run that a process does, and how. */
export interface CellWork {
  readonly cell: Cell;
  readonly source: CellSource;
  readonly limits: EngineLimits;
  /** Processes like this one that share the machine. */
  readonly processes: number;
}

/** How the run ended, undefined where it was stopped before it began; or why it was refused. */
export type CellAnswer = { readonly run: Run | undefined } | { readonly fault: PackedFault };

/** Does a run of a study with services of this process, which are for it alone. */
export async function hostCell(
  { cell, source, limits, processes }: CellWork,
  signal: AbortSignal,
): Promise<CellAnswer> {
  if (signal.aborted) return { run: undefined };
  const { progress } = createTerminal();
  const createView = () => createNotesView((note) => progress.write(`${note}\n`));
  const own = divideLimits(limits, processes);
  try {
    const run = await withHosted(own, dirname(cell.path), { progress }, (controller) =>
      runCell(cell, source, { controller, isRemote: false, signal, createView }),
    );
    return { run };
  } catch (error) {
    return { fault: packFault(error) };
  }
}
