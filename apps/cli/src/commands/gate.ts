import {
  describeClaims,
  describeComparison,
  describeFurtherClaims,
  describeSensitivity,
  describeTaskVerdict,
  type LedgerDescription,
  nameVerdict,
  shareLevel,
} from '@holdfast/controller';
import type { ProviderRequest } from '@holdfast/engine';
import { Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { describeWatched } from '@holdfast/report';
import { type Command, Option } from 'commander';
import { type GateRules, judgePair, type PairJudgement, policies } from '../measure/judge-pair.js';
import { type MeasuredPair, measurePair } from '../measure/measure-pair.js';
import { nameCommand } from '../name-command.js';
import { parseFraction } from '../parse-option.js';
import { createProviderOption } from '../provider-option.js';
import { quoteArgument } from '../quote-argument.js';
import { readPlanFile } from '../read-plan-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { describePair } from '../verdict/describe-pair.js';
import { formatMeans } from '../verdict/format-means.js';
import { formatClaims, formatComparisons, formatOutcome } from '../verdict/format-verdict.js';
import { describeSealed } from '../verdict/sealed-verdict.js';
import { resolveReport, writePairReport, writeSealedReport } from '../verdict/write-pair-report.js';

interface GateOptions {
  readonly tasks: string;
  readonly tolerance?: number;
  readonly policy?: GateRules['policy'];
  readonly report?: string;
  readonly executionProvider?: ProviderRequest;
  readonly sealed?: boolean;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} gate models/production models/retrained --tasks plan.yaml
  ${holdfast} gate models/production models/retrained --tasks plan.yaml --report gate.html
  ${holdfast} gate models/production runs/fog/candidate --tasks plan.yaml --tolerance 0.02 --json

Exit code: 0 nothing protected regressed, 2 regressed or undecided, 1 failed.`;

/** Adds `holdfast gate`. */
export function addGate(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('gate')
    .summary('judge whether a new model may replace an old one')
    .description(
      "Judges a new model against an old one on a plan's validation data: released only if the evidence says that no protected task lost more than its tolerance, and that every claim the plan states about several tasks together (gate.claims) holds.",
    )
    .argument('<old>', 'CLIP directory of the reference')
    .argument('<new>', 'CLIP directory of the candidate')
    .requiredOption('--tasks <plan>', 'plan that names data, classes, prompts and tasks')
    .option(
      '--tolerance <fraction>',
      "largest accuracy drop tolerated of each task, instead of the plan's; its claims about several stay",
      parseFraction,
    )
    .addOption(
      new Option('--policy <policy>', "how the verdict follows, instead of the plan's").choices(
        policies,
      ),
    )
    .addOption(createProviderOption())
    .option('--report <file>', 'HTML report to write: the verdict, its evidence, the flips')
    .option('--sealed', 'show pass or fail alone, so that no candidate can be fitted to the images')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (reference: string, candidate: string, options: GateOptions) => {
      onExit(await gate({ reference, candidate }, options, terminal));
    });
}

async function gate(
  models: { readonly reference: string; readonly candidate: string },
  options: GateOptions,
  terminal: Terminal,
): Promise<number> {
  const startedAt = new Date();
  const file = await readPlanFile(options.tasks, terminal);
  const { report, tolerance, executionProvider } = options;
  const reportPath = report === undefined ? undefined : await resolveReport(report, terminal.cwd);
  const settings = {
    policy: options.policy ?? file.plan.gate.policy,
    level: shareLevel(file.plan.gate),
  };
  const command = `${nameCommand(terminal.environment)} ${formatArguments(models, options)}`;
  const role = 'validation' as const;
  const pair = {
    ...models,
    file,
    role,
    executionProvider,
    alsoWithoutHeads: true,
    withClaims: true,
  };
  const { judgement, measured } = await measurePair(terminal, pair, async (services, measured) => {
    const judgement = await judgePair(services, file, measured, {
      ...settings,
      tolerance,
      command,
      sealed: options.sealed,
    });
    if (reportPath !== undefined) {
      const judged = { file, measured, judgement, settings, startedAt, command };
      if (options.sealed) await writeSealedReport(reportPath, isRetained(judgement), judged);
      else await writePairReport(reportPath, services, judged);
    }
    return { judgement, measured };
  });
  const isReleased = isRetained(judgement);
  if (options.sealed) {
    const outcome = isReleased ? ('RELEASED' as const) : ('NOT_RELEASED' as const);
    const sealed = describeSealed(outcome, measured, settings, judgement.ledger);
    terminal.output.write(
      options.json
        ? `${JSON.stringify(sealed, null, 2)}\n`
        : `${isReleased ? 'RELEASED' : 'NOT RELEASED'}\n`,
    );
    return isReleased ? exitCodes.ok : exitCodes.notReleased;
  }
  terminal.output.write(
    options.json
      ? `${JSON.stringify(describeJudgement(judgement, measured, settings), null, 2)}\n`
      : formatJudgement(judgement, measured, report, terminal),
  );
  return isReleased ? exitCodes.ok : exitCodes.notReleased;
}

function isRetained({ gate }: PairJudgement): boolean {
  return gate.verdict === Verdict.VERDICT_RETAINED;
}

/** The arguments that judge the same again. */
function formatArguments(
  { reference, candidate }: { readonly reference: string; readonly candidate: string },
  { tasks, tolerance, policy, executionProvider, sealed }: GateOptions,
): string {
  return [
    ...['gate', reference, candidate, '--tasks', tasks],
    ...(tolerance === undefined ? [] : ['--tolerance', String(tolerance)]),
    ...(policy === undefined ? [] : ['--policy', policy]),
    ...(executionProvider === undefined ? [] : ['--execution-provider', executionProvider]),
    ...(sealed ? ['--sealed'] : []),
  ]
    .map(quoteArgument)
    .join(' ');
}

function describeJudgement(
  { withoutHeads, ledger, ...answer }: PairJudgement,
  measured: MeasuredPair,
  settings: { readonly policy: string; readonly level: number },
) {
  const { gate } = answer;
  return {
    schema: 'holdfast.gate/1',
    outcome: nameVerdict(gate),
    reason: gate.reason,
    ...describePair(measured, 'validation'),
    gate: settings,
    ledger: ledger ? describeCount(ledger) : null,
    devSafetyAccuracy: gate.devSafetyAccuracy,
    devSafetyLoss: gate.devSafetyLoss,
    target: gate.targets.map(describeComparison),
    protected: gate.tasks.map(describeTaskVerdict),
    ...describeFurtherClaims(answer, measured.watched?.data.sha256),
    claims: describeClaims(gate),
    sensitivity: { decides: false, bounds: describeSensitivity(gate) },
    /** The verdict on a candidate with heads as a loader that knows no heads sees it. */
    withoutHeads: withoutHeads
      ? { outcome: nameVerdict(withoutHeads), reason: withoutHeads.reason }
      : null,
  };
}

/** How often these images have judged. */
function describeCount({ report: { path, judgements, judgementsMax, left } }: LedgerDescription) {
  return { path, judgements: judgements.length, judgementsMax, left };
}

function formatJudgement(
  { gate, first, drift, withoutHeads, ledger }: PairJudgement,
  { notes }: Pick<MeasuredPair, 'notes'>,
  report: string | undefined,
  { output }: Terminal,
): string {
  const targets = gate.targets.map(describeComparison);
  const protectedTasks = gate.tasks.map(describeTaskVerdict);
  const lines = [
    formatOutcome(nameVerdict(gate), output.colors),
    gate.reason,
    describeWatched(targets, protectedTasks),
    '',
    ...formatComparisons(targets, protectedTasks, output.colors),
    ...formatMeans(describeClaims(gate), output.colors),
    '',
    ...formatClaims(first?.gate.reason, drift?.reason),
    ...(withoutHeads ? ['', `Loaded without its heads: ${withoutHeads.reason}`] : []),
    ...(ledger?.note === undefined ? [] : ['', ledger.note]),
    ...notes.map((note) => `note: ${note}`),
    ...(report === undefined ? [] : ['', `report      ${report}`]),
  ];
  return `${lines.join('\n')}\n`;
}
