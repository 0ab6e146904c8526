import { cp, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFolderAtomic } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { readVerdict } from '../verdict/read-verdict.js';

interface ExportOptions {
  readonly to: string;
  readonly unreleased?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} export runs/fog --to models/production-2
  ${holdfast} export runs/fog/candidate --to models/inspect --unreleased

The weights must have the hash that the verdict is bound to.`;

/** Adds `holdfast export`. */
export function addExport(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('export')
    .summary("copy a run's released model to a folder of its own")
    .description(
      "Copies a run's candidate to a new folder, with its verdict, after checking that its weights are those that were judged.",
    )
    .argument('<run>', "a run's folder, or its candidate folder")
    .requiredOption('--to <folder>', 'folder to make')
    .option('--unreleased', 'copy a candidate that the gate did not release, too')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (source: string, options: ExportOptions) => {
      onExit(await exportModel(source, options, terminal));
    });
}

async function exportModel(
  source: string,
  { to, unreleased }: ExportOptions,
  { cwd, output }: Terminal,
): Promise<number> {
  const candidate = await findCandidate(resolve(cwd, source));
  const verdict = await readVerdict(join(candidate, 'verdict.json'));
  if (verdict.outcome !== 'RETAINED' && !unreleased) {
    throw new Fault(
      'precondition',
      `${source} was not released (${verdict.outcome}); to copy it for a look, add --unreleased`,
    );
  }
  const target = resolve(cwd, to);
  if (await exists(target)) {
    throw new Fault('precondition', `${to} exists; name a folder that does not`);
  }
  await writeFolderAtomic(target, async (temporary) => {
    await cp(candidate, temporary, { recursive: true, dereference: true });
    // Checked on the copy: what is handed over is what was judged, whatever the copying did.
    const { sha256 } = await openClipDirectory(temporary);
    if (sha256 !== verdict.candidateSha256) {
      throw new Fault(
        'precondition',
        `the weights of ${source} (${sha256}) are not those that were judged (${verdict.candidateSha256}); run the gate on them`,
      );
    }
  });
  output.write(
    `${verdict.outcome}  ${shortenPath(target, cwd)}\nweights  sha256 ${verdict.candidateSha256}\n`,
  );
  return exitCodes.ok;
}

/** The candidate of a run's folder, or the folder itself. */
async function findCandidate(source: string): Promise<string> {
  const inner = join(source, 'candidate');
  const found = (await exists(join(inner, 'verdict.json'))) ? inner : source;
  if (await exists(join(found, 'verdict.json'))) return found;
  throw new Fault(
    'not-found',
    `${source} holds no judged candidate; a run writes one when it completes`,
  );
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
