import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { checkData, type DataCheck } from '@holdfast/dataset';
import { nameData } from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { withPlanLines } from '@holdfast/plan';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { readPlanFile } from '../read-plan-file.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress } from '../work/with-work.js';

interface DataCheckOptions {
  readonly write?: string;
}

/** Images that are listed; the rest is counted. */
const listedMax = 50;

const examples = (holdfast: string) => `
Examples:
  ${holdfast} data check plan.yaml
  ${holdfast} data check plan.yaml --write images/clean.csv

A copy is given up by training first, then by steering, then by validation; test keeps what it has.
Copies with different labels in one use are all left out.`;

/** Adds `holdfast data check`. */
export function addDataCheck(
  data: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  data
    .command('check')
    .summary('list copies and leaks between uses, and write a manifest without them')
    .description(
      'Lists images and groups that are in two uses, and exact copies in one. Writes a manifest without them if asked.',
    )
    .argument('<plan>', 'plan that names the data')
    .option('--write <csv>', 'manifest to write, without the images that are listed')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: DataCheckOptions) => {
      onExit(await checkPlanData(plan, options, terminal));
    });
}

async function checkPlanData(
  name: string,
  { write }: DataCheckOptions,
  terminal: Terminal,
): Promise<number> {
  if (write !== undefined) {
    await refuseExistingFile(resolve(terminal.cwd, write), '--write', terminal.cwd);
  }
  const file = await readPlanFile(name, terminal);
  const check = await withProgress(terminal, ({ signal, onProgress }) =>
    withPlanLines(file, () =>
      checkData({
        ...nameData(file.plan, file.basePath),
        signal,
        onProgress: ({ done, total }) => onProgress('reading data', done, total),
      }),
    ),
  );
  const leaks = check.dropped.filter((image) => image.leaks).length;
  const lines = [...describeCheck(name, check, leaks)];
  if (write !== undefined) {
    const path = resolve(terminal.cwd, write);
    await writeNew(path, write, await check.formatManifest());
    const manifest = relative(file.basePath, path).split(sep).join('/');
    const kept = check.imageCount - check.dropped.length;
    lines.push(`${write}: ${kept} images. Set data.manifest: ${manifest} in ${name}.`);
  } else if (check.dropped.length > 0) {
    const command = nameCommand(terminal.environment);
    lines.push(`To leave them out: ${command} data check ${name} --write FILE.csv`);
  }
  terminal.output.write(`${lines.join('\n')}\n`);
  return leaks > 0 && write === undefined ? exitCodes.failure : exitCodes.ok;
}

function describeCheck(
  name: string,
  { imageCount, dropped, notes }: DataCheck,
  leaks: number,
): string[] {
  const listed = dropped.slice(0, listedMax).map(({ place, relativePath, reason }) => {
    const subject = place === relativePath ? place : `${place}: ${relativePath}`;
    return `  ${subject}: ${reason}`;
  });
  if (dropped.length > listedMax) listed.push(`  and ${dropped.length - listedMax} more`);
  const copies = dropped.length - leaks;
  const summary =
    dropped.length === 0
      ? `${name}: no copies and no leaks among ${imageCount} images.`
      : `${name}: of ${imageCount} images, ${leaks} leak into another use or contradict a copy, and ${copies} repeat one of their own use.`;
  return [summary, ...listed, ...notes.map((note) => `note: ${note}`)];
}

/** `wx`: nothing that stands there is lost. */
async function writeNew(path: string, name: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'EEXIST'
        ? `${name} exists; remove it or name another file`
        : `nothing can be written in ${dirname(path)} (${cause.code})`;
    throw new Fault('precondition', `--write: ${reason}`, { cause });
  });
}
