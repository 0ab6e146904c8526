import { join, resolve } from 'node:path';
import { resolveName, writeFileAtomic } from '@holdfast/artifacts';
import { readPrivateKey, readVerdict, signedVerdictName, signVerdict } from '@holdfast/run-store';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { findJudged } from '../verdict/find-judged.js';

const examples = (holdfast: string) => `
Examples:
  ${holdfast} sign runs/fog --key key.pem
  ${holdfast} verify runs/fog --key key.pub

A pair of keys:
  openssl genpkey -algorithm ed25519 -out key.pem
  openssl pkey -in key.pem -pubout -out key.pub

The file is a DSSE envelope around an in-toto statement: its subject is the sha256 of the candidate's
weights, its predicate the verdict. Ed25519, ECDSA and RSA keys in PEM sign; a key with a passphrase
does not. \`${holdfast} export\` copies the file with the model.`;

/** Adds `holdfast sign`. */
export function addSign(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('sign')
    .summary('sign a verdict, so that others can tell who stands for it')
    .description(
      'Signs the verdict of a run with a private key and writes verdict.dsse.json beside the candidate.',
    )
    .argument('<run>', "a run's folder, its candidate folder, or a verdict.json")
    .requiredOption('--key <pem>', 'private key')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (source: string, { key }: { readonly key: string }) => {
      onExit(await signRun(source, key, terminal));
    });
}

async function signRun(source: string, keyPath: string, terminal: Terminal): Promise<number> {
  const { cwd, output } = terminal;
  const candidate = await findJudged(resolveName(cwd, source));
  const file = await readVerdict(join(candidate, 'verdict.json'));
  const key = await readPrivateKey(resolve(cwd, keyPath));
  const path = join(candidate, signedVerdictName);
  await writeFileAtomic(path, `${JSON.stringify(signVerdict(file, key), null, 2)}\n`);
  output.write(`signed  ${shortenPath(path, cwd)} (${file.verdict.outcome})\n`);
  return exitCodes.ok;
}
