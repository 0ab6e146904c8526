import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault } from '@holdfast/fault';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import { readVerdict } from '@holdfast/run-store';
import { createRemoteClient, readClientAccess } from '@holdfast/service-kit';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { findJudged } from '../verdict/find-judged.js';

interface PromoteOptions {
  readonly serving: string;
  readonly model: string;
  readonly alias: string;
  readonly tokenPath?: string;
  readonly authorityPath?: string;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} promote runs/fog --serving 127.0.0.1:50051 --model signs
  ${holdfast} promote runs/fog --serving encoder:50051 --model signs --alias canary \\
    --authority-path ca.pem --token-path token

The encoder must see the candidate under the same path. Repeating changes nothing; the version that answered before stays loaded.`;

/** Adds `holdfast promote`. */
export function addPromote(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('promote')
    .summary("have a serving encoder answer with a run's released model")
    .description(
      "Loads a run's released candidate into a serving encoder, and moves an alias to it once the encoder has read the weights that were judged.",
    )
    .argument('<run>', "a run's folder, or its candidate folder")
    .requiredOption('--serving <address>', 'host:port of the encoder')
    .requiredOption('--model <name>', 'name of the model there')
    .option('--alias <name>', 'alias to move', 'champion')
    .option('--token-path <file>', 'bearer token that it wants (or HOLDFAST_TOKEN_PATH)')
    .option('--authority-path <file>', 'authority of its certificate (or HOLDFAST_AUTHORITY_PATH)')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (run: string, options: PromoteOptions) => {
      await promote(run, options, terminal);
      onExit(exitCodes.ok);
    });
}

async function promote(
  run: string,
  { serving, model, alias, ...files }: PromoteOptions,
  { cwd, environment, output }: Terminal,
): Promise<void> {
  const candidate = await findJudged(resolve(cwd, run));
  const { verdict } = await readVerdict(join(candidate, 'verdict.json'));
  if (verdict.outcome !== 'RETAINED') {
    throw new Fault('precondition', `${run} was not released (${verdict.outcome})`);
  }
  const at = (path: string | undefined) => (path ? resolve(cwd, path) : undefined);
  const access = readClientAccess({
    tokenPath: at(files.tokenPath ?? environment.HOLDFAST_TOKEN_PATH),
    authorityPath: at(files.authorityPath ?? environment.HOLDFAST_AUTHORITY_PATH),
  });
  const { client, close } = createRemoteClient(ServingServiceDefinition, {
    ...access,
    address: serving,
  });
  try {
    const loaded = await client.loadModel({ model, modelUri: pathToFileURL(candidate).href });
    const { version, modelSha256 } = loaded.model!;
    if (modelSha256 !== verdict.candidate.sha256) {
      await client.unloadModel({ model, version });
      const message = `the weights that ${serving} read (${modelSha256}) are not those that were judged (${verdict.candidate.sha256}); ${alias} stays where it was`;
      throw new Fault('precondition', message);
    }
    await client.setAlias({ alias: { alias, model, version } });
    output.write(`${alias} is ${model} ${version} at ${serving}\n`);
  } finally {
    close();
  }
}
