import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { isMirrored, resolveName, toName, writeFileAtomic } from '@holdfast/artifacts';
import { openClipDirectory } from '@holdfast/clip';
import {
  checkPlanParts,
  listRounds,
  type PlanFile,
  type PlanLedger,
  type Round,
  type Rounds,
  readDrift,
  readNamedData,
  readPlanLedger,
  requireReleased,
} from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { nameTargets, nextPlan, type PlanDraft, parsePlan, withPlanLines } from '@holdfast/plan';
import type { Command } from 'commander';
import { refuseStudyRun } from '../candidate/refuse-study-run.js';
import { nameCommand } from '../name-command.js';
import { quoteArgument } from '../quote-argument.js';
import { refuseExistingFile } from '../refuse-existing-file.js';
import { formatRounds, type RoundSummary, summarizeRound } from '../rounds/format-rounds.js';
import { nameBeside } from '../rounds/name-beside.js';
import { shortenPath } from '../shorten-path.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { findJudged } from '../verdict/find-judged.js';
import { formatLedger } from '../verdict/format-ledger.js';
import { withProgress } from '../work/with-work.js';

interface NextOptions {
  readonly target: string;
  readonly manifest?: string;
  readonly output?: string;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} next runs/fog --target snow
  ${holdfast} next runs/fog --target snow --manifest images/new.csv --output snow.yaml

The plan starts from the released candidate, heads included, and stands in the folder of the run's plan,
which its paths start from. The last target is protected from now on, and what is released must hold
against the model of the first round, too (gate.firstModel). Everything else stays as it is written.`;

/** Adds `holdfast next`. */
export function addNext(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('next')
    .summary('write the plan of the next round on a released model')
    .description(
      "Writes the next round's plan, which improves another class of a run's released model and protects the last one; and shows the rounds so far.",
    )
    .argument('<run>', "a released run's folder, or its candidate folder")
    .requiredOption('--target <class>', 'class to improve next')
    .option('--manifest <csv>', "new images, from the same root (default: the last plan's)")
    .option(
      '--output <plan>',
      "plan to write, in the folder that the last plan's paths start from (default: <plan>.round-<n>.yaml)",
    )
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (run: string, options: NextOptions) => {
      onExit(await writeNext(run, options, terminal));
    });
}

async function writeNext(name: string, options: NextOptions, terminal: Terminal): Promise<number> {
  const { cwd, output, environment } = terminal;
  const candidate = await findJudged(resolveName(cwd, name));
  const history = await listRounds(dirname(candidate), nameCommand(environment));
  const last = history.rounds.at(-1)!;
  requireReleased(last, name);
  await refuseStudyRun(candidate, name);
  await requireJudgedWeights(candidate, last);
  const path = nameOutput(history, options);
  await refuseExistingFile(path, '--output', cwd);
  const { file, notes } = draftNext({ candidate, history, path }, options, terminal);
  const ledger = await checkNext(file, terminal);
  await writePlan(path, file.text);
  const { gap } = history;
  const rounds = history.rounds.map((round) => summarizeRound(round, shortenPath(round.path, cwd)));
  const written = { path: shortenPath(path, cwd), plan: file.plan, rounds, gap, ledger, notes };
  output.write(
    options.json ? `${JSON.stringify(describe(written), null, 2)}\n` : format(written, terminal),
  );
  return exitCodes.ok;
}

/** A plan that was written, and what a person should know of it. */
interface WrittenNext {
  readonly path: string;
  readonly plan: PlanDraft;
  readonly rounds: readonly RoundSummary[];
  readonly gap: string | undefined;
  readonly ledger: PlanLedger;
  readonly notes: readonly string[];
}

function describe({ path: written, plan, rounds, gap, ledger, notes }: WrittenNext) {
  const { path, judgements, judgementsMax, left } = ledger.report;
  return {
    schema: 'holdfast.next/1',
    plan: written,
    model: plan.model,
    target: nameTargets(plan),
    rounds,
    gap: gap ?? null,
    ledger: {
      path,
      judgements: judgements.length,
      judgementsMax,
      left,
      mayJudge: ledger.refusal === undefined,
    },
    notes,
  };
}

function format(written: WrittenNext, { output, environment }: Terminal): string {
  const { path, plan, rounds, gap, ledger, notes } = written;
  const lines = [
    ...formatRounds(rounds, gap, output.colors),
    '',
    `${path}: improve ${nameTargets(plan)}, from ${plan.model}, also held against ${plan.gate.firstModel}`,
    `ledger: ${formatLedger(ledger.report)}`,
    ...(ledger.refusal === undefined ? [] : [adviseImages(ledger)]),
    ...notes.map((note) => `note: ${note}`),
    `Next: ${nameCommand(environment)} plan check ${quoteArgument(path)}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Refuses a candidate whose weights are not those of its verdict. */
async function requireJudgedWeights(candidate: string, { verdict }: Round): Promise<void> {
  const { sha256 } = await openClipDirectory(candidate);
  if (sha256 === verdict.candidate.sha256) return;
  const message = `the weights of ${toName(candidate)} (${sha256}) are not those that were judged (${verdict.candidate.sha256}); a round starts from what was released`;
  throw new Fault('precondition', message);
}

/** Where the plan is written: its paths start from there. */
function nameOutput({ rounds }: Rounds, { output }: NextOptions): string {
  const { file, planName } = rounds.at(-1)!;
  const { basePath } = file;
  if (output !== undefined) {
    const path = resolveName(basePath, output);
    if (dirname(path) === basePath) return path;
    throw new Fault(
      'invalid',
      `--output: the plan's paths start from ${toName(basePath)}; name a file in that folder`,
    );
  }
  const stem = basename(planName, extname(planName)).replace(/\.round-\d+$/, '');
  return join(basePath, `${stem}.round-${rounds.length + 1}.yaml`);
}

interface NextSource {
  readonly candidate: string;
  readonly history: Rounds;
  readonly path: string;
}

/** The next plan, not yet written. A model whose older rounds are not known takes the oldest known model for the first. */
function draftNext(
  { candidate, history, path }: NextSource,
  { target, manifest }: NextOptions,
  { cwd }: Terminal,
): { readonly file: PlanFile; readonly notes: readonly string[] } {
  const [first] = history.rounds;
  const { text: lastText, basePath, plan } = history.rounds.at(-1)!.file;
  const { model, data } = plan;
  const { text, notes } = nextPlan(lastText, {
    target,
    model: nameBeside(candidate, basePath, model),
    firstModel: history.rounds.length === 1 ? model : nameBeside(first.model, basePath, model),
    manifest: manifest && nameBeside(resolveName(cwd, manifest), basePath, data.root),
  });
  const name = `the next plan (${shortenPath(path, cwd)}, not written)`;
  return { file: { name, text, plan: parsePlan(text, name), basePath }, notes };
}

/** Checks the plan against model and data, and reads what its validation images may still judge. */
async function checkNext(file: PlanFile, terminal: Terminal): Promise<PlanLedger> {
  const data = await withProgress(terminal, (options) => readNamedData(file, options, 'train'));
  const model = await openClipDirectory(resolveName(file.basePath, file.plan.model));
  const { plan, basePath } = file;
  await withPlanLines(file, () => checkPlanParts(plan, { ...data, model, basePath }));
  const drift = await readDrift(plan, basePath, { dataset: data.dataset, firstIndex: 0 });
  return readPlanLedger(file, data, drift);
}

/** `wx`: a plan that someone wrote in the meantime is not lost. */
async function writePlan(path: string, text: string): Promise<void> {
  if (isMirrored(path)) await writeFileAtomic(path, text);
  else await writeFile(path, text, { flag: 'wx' });
}

/** What to do where the images have judged as often as they may. */
function adviseImages({ report: { judgementsMax } }: PlanLedger): string {
  return `note: a run of this plan would be refused as it is: name new images with --manifest, of which none has judged. To judge several rounds by the same images, divide the level before the first of them (gate.judgementsMax, now ${judgementsMax})`;
}
