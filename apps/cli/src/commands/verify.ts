import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { resolveName } from '@holdfast/artifacts';
import type { ProviderRequest } from '@holdfast/engine';
import { Fault } from '@holdfast/fault';
import {
  type RunVerdict,
  readPublicKey,
  readVerdict,
  requireSigned,
  signedVerdictName,
} from '@holdfast/run-store';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { createProviderOption } from '../provider-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { compareRecords } from '../verdict/compare-records.js';
import { findJudged } from '../verdict/find-judged.js';
import { type HeldVerdict, holdVerdict } from '../work/hold-verdict.js';

interface VerifyOptions {
  readonly tasks?: string;
  readonly key?: string;
  readonly executionProvider?: ProviderRequest;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} verify runs/fog
  ${holdfast} verify runs/fog --key key.pub
  ${holdfast} verify models/production-2 --tasks runs/fog/plan.yaml --json

Computed anew: the sha256 of models, data and plan, what both models answer on the images that judged,
what the gate says of that, and the test images. Numbers must agree to 1e-5, counts exactly. It is not
counted as a judgement. The ledger that the plan names says how many candidates these images were shown;
a release that is not among them is not verified, and none that the run's journal contradicts.

Not computed anew: that training made these weights (the same plan, seed and machine would:
${holdfast} run), which modules trained, which images of training could not be read, and, where neither
journal nor ledger is at hand, that steering images spoke for the candidate and how many shared the level.

Exit code: 0 all of it holds, 2 something differs, 1 failed.`;

/** Adds `holdfast verify`. */
export function addVerify(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('verify')
    .summary('compute a verdict anew, and hold it and its signature against the file')
    .description(
      'Measures both models of a verdict again on the same images, judges them again, and says where the verdict states anything else.',
    )
    .argument('<run>', "a run's folder, its candidate folder, or a verdict.json")
    .option('--tasks <plan>', "the plan, where the run's folder is not at hand")
    .option('--key <pem>', 'public key that must have signed the verdict (verdict.dsse.json)')
    .addOption(createProviderOption())
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (source: string, options: VerifyOptions) => {
      onExit(await verifyRun(source, options, terminal));
    });
}

async function verifyRun(
  source: string,
  { tasks, key, executionProvider, json }: VerifyOptions,
  terminal: Terminal,
): Promise<number> {
  const { cwd, output } = terminal;
  const candidate = await findJudged(resolveName(cwd, source));
  const file = await readVerdict(join(candidate, 'verdict.json'));
  const stated: RunVerdict = JSON.parse(file.text);
  if (key !== undefined) {
    const path = join(candidate, signedVerdictName);
    const envelope = await readFile(path, 'utf8').catch((cause: Error) => {
      throw new Fault('not-found', `the verdict is not signed: ${path} is not there`, { cause });
    });
    requireSigned(envelope, file, await readPublicKey(resolve(cwd, key)), path);
  }
  const recorded = await compareRecords(candidate, file);
  const plan = await readPlanFile(tasks ?? join(dirname(candidate), 'plan.yaml'), terminal);
  const computed = await holdVerdict(
    stated,
    { candidate, file: plan, executionProvider },
    terminal,
  );
  const held = { ...computed, differences: [...recorded, ...computed.differences] };
  const isSigned = key !== undefined;
  output.write(
    json
      ? `${JSON.stringify(describe(stated, held, isSigned), null, 2)}\n`
      : format(stated, held, isSigned, cwd),
  );
  return held.differences.length === 0 ? exitCodes.ok : exitCodes.notReleased;
}

function describe(stated: RunVerdict, { differences, judgement }: HeldVerdict, isSigned: boolean) {
  return {
    schema: 'holdfast.verification/1',
    verified: differences.length === 0,
    signed: isSigned,
    outcome: stated.outcome,
    reference: stated.reference,
    candidate: { sha256: stated.candidate.sha256 },
    ledger: judgement && {
      path: judgement.path,
      judgements: judgement.judgements,
      number: judgement.number,
    },
    differences,
  };
}

function format(
  stated: RunVerdict,
  { differences, judgement }: HeldVerdict,
  isSigned: boolean,
  cwd: string,
): string {
  const counted = judgement === null ? [] : [`ledger   ${formatJudgement(judgement, cwd)}`];
  if (differences.length === 0) {
    const signed = isSigned ? ', signed by this key' : '';
    const head = [`VERIFIED${signed}: ${stated.outcome}`, stated.reason];
    return `${[...head, `weights  sha256 ${stated.candidate.sha256}`, ...counted].join('\n')}\n`;
  }
  const shown = differences.slice(0, 20).map(({ path, stated, found }) => {
    return `  ${path}: states ${JSON.stringify(stated)}, found ${JSON.stringify(found)}`;
  });
  const more = differences.length > 20 ? [`  and ${differences.length - 20} more`] : [];
  return `${['NOT VERIFIED: the verdict states', ...shown, ...more, ...counted].join('\n')}\n`;
}

function formatJudgement(
  { path, judgements, number }: NonNullable<HeldVerdict['judgement']>,
  cwd: string,
): string {
  const where = shortenPath(path, cwd);
  if (judgements === 0) return `${where} counts no judgement by these images`;
  return number === null
    ? `not among the ${judgements} judgements by these images (${where})`
    : `judgement ${number} of ${judgements} by these images (${where})`;
}
