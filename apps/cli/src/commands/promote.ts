import { join } from 'node:path';
import { resolveName, toUri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { ServingServiceDefinition } from '@holdfast/proto/holdfast/serving/v1/serving';
import { readVerdict } from '@holdfast/run-store';
import { createRemoteClient } from '@holdfast/service-kit';
import type { Command } from 'commander';
import { refuseStudyRun } from '../candidate/refuse-study-run.js';
import { type AccessOptions, addAccessOptions, readAccess } from '../controller/access-options.js';
import { nameCommand } from '../name-command.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { findJudged } from '../verdict/find-judged.js';

interface PromoteOptions extends AccessOptions {
  readonly serving: string;
  readonly model: string;
  readonly alias: string;
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
  const command = program
    .command('promote')
    .summary("have a serving encoder answer with a run's released model")
    .description(
      "Loads a run's released candidate into a serving encoder, and moves an alias to it once the encoder has read the weights that were judged.",
    )
    .argument('<run>', "a run's folder, or its candidate folder")
    .requiredOption('--serving <address>', 'host:port of the encoder')
    .requiredOption('--model <name>', 'name of the model there')
    .option('--alias <name>', 'alias to move', 'champion');
  addAccessOptions(command)
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (run: string, options: PromoteOptions) => {
      await promote(run, options, terminal);
      onExit(exitCodes.ok);
    });
}

async function promote(
  run: string,
  { serving, model, alias, ...options }: PromoteOptions,
  terminal: Terminal,
): Promise<void> {
  const { cwd, output } = terminal;
  const candidate = await findJudged(resolveName(cwd, run));
  const { verdict } = await readVerdict(join(candidate, 'verdict.json'));
  if (verdict.outcome !== 'RETAINED') {
    throw new Fault('precondition', `${run} was not released (${verdict.outcome})`);
  }
  await refuseStudyRun(candidate, run);
  const { client, close } = createRemoteClient(ServingServiceDefinition, {
    ...readAccess(options, terminal),
    address: serving,
  });
  try {
    const before = await client.listModels({});
    const loaded = await client.loadModel({ model, modelUri: toUri(candidate) });
    const { version, modelSha256 } = loaded.model!;
    if (modelSha256 !== verdict.candidate.sha256) {
      const isNew = !before.models.some((each) => each.model === model && each.version === version);
      // An alias of somebody else's may name it meanwhile: then it stays.
      if (isNew) await client.unloadModel({ model, version }).catch(() => {});
      const message = `the weights that ${serving} read (${modelSha256}) are not those that were judged (${verdict.candidate.sha256}); ${alias} stays where it was`;
      throw new Fault('precondition', message);
    }
    await client.setAlias({ alias: { alias, model, version } });
    output.write(`${alias} is ${model} ${version} at ${serving}\n`);
  } finally {
    close();
  }
}
