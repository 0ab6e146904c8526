import { appendFile } from 'node:fs/promises';
import type { ProviderRequest } from '@holdfast/engine';
import {
  describeJudgement,
  describeSealed,
  type GateRules,
  isRetained,
  judgePair,
  policies,
  shareLevel,
  writePairReport,
  writeSealedReport,
} from '@holdfast/evaluation';
import { Fault } from '@holdfast/fault';
import { type Command, Option } from 'commander';
import { nameCommand } from '../name-command.js';
import { parseCountOrNone, parseFraction } from '../parse-option.js';
import { gatePool } from '../pool/gate-pool.js';
import { createProviderOption } from '../provider-option.js';
import { quoteArgument } from '../quote-argument.js';
import { readPlanFile } from '../read-plan-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { formatJudgement } from '../verdict/format-judgement.js';
import { formatSummary } from '../verdict/format-summary.js';
import { resolveReport, resolveWritten } from '../verdict/resolve-report.js';
import { version } from '../version.js';
import { measureModels } from '../work/measure-models.js';

interface GateOptions {
  readonly tasks: string;
  readonly tolerance?: number;
  readonly policy?: GateRules['policy'];
  readonly report?: string;
  readonly summary?: string;
  readonly executionProvider?: ProviderRequest;
  readonly sealed?: boolean;
  readonly pool?: string;
  readonly groups?: string;
  readonly labels?: readonly string[];
  readonly queue: string;
  readonly checks: number;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} gate models/production models/retrained --tasks plan.yaml
  ${holdfast} gate models/production models/retrained --tasks plan.yaml --report gate.html
  ${holdfast} gate models/production runs/fog/candidate --tasks plan.yaml --tolerance 0.02 --json

Judge by a folder of images that nobody has labelled: what both models answer alike needs no label, and the others
are written to label-queue/, with a page to label them on. Then give the labels back:
  ${holdfast} gate models/production models/retrained --tasks plan.yaml --pool frames/ --groups drives.csv
  ${holdfast} gate models/production models/retrained --tasks plan.yaml --pool frames/ --groups drives.csv --labels labels.csv

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
    .option('--summary <file>', 'file to append a table in Markdown to, as $GITHUB_STEP_SUMMARY')
    .option('--sealed', 'show pass or fail alone, so that no candidate can be fitted to the images')
    .option(
      '--pool <folder>',
      "images to judge by instead of the plan's validation images: the first call says which of them need a label",
    )
    .option(
      '--groups <csv>',
      'path,group of images of the pool that belong together, such as frames of one drive',
    )
    .option(
      '--labels <csv...>',
      'path,label as people gave them: queue.csv filled in, or what the page saved',
    )
    .option('--queue <folder>', 'where to write what is to be labelled', 'label-queue')
    .option(
      '--checks <count>',
      'images (groups) of each class to label though both models agree, which tell how many it has',
      parseCountOrNone,
      60,
    )
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
  const { pool, groups, labels, queue, checks } = options;
  if (pool !== undefined) {
    if (options.summary !== undefined) {
      throw new Fault('invalid', '--summary: a pool has none; leave out one of the two');
    }
    if (options.sealed) {
      throw new Fault(
        'invalid',
        '--sealed: who labels a pool sees where the models disagree; leave out one of the two',
      );
    }
    const source = { folder: pool, groups };
    const command = `${nameCommand(terminal.environment)} ${formatArguments(models, options)}`;
    return gatePool(models, { ...options, source, labels, queue, checks, command }, terminal);
  }
  for (const [name, value] of Object.entries({ groups, labels })) {
    if (value !== undefined)
      throw new Fault('invalid', `--${name} is about a pool: name its folder with --pool`);
  }
  const startedAt = new Date();
  const file = await readPlanFile(options.tasks, terminal);
  const { report, tolerance, executionProvider } = options;
  const reportPath = report === undefined ? undefined : await resolveReport(report, terminal.cwd);
  const summaryPath =
    options.summary === undefined
      ? undefined
      : await resolveWritten('--summary', { name: options.summary }, terminal.cwd);
  const settings = {
    policy: options.policy ?? file.plan.gate.policy,
    level: shareLevel(file.plan.gate),
  };
  const command = `${nameCommand(terminal.environment)} ${formatArguments(models, options)}`;
  const role = 'validation' as const;
  const pair = {
    ...models,
    file,
    images: role,
    executionProvider,
    alsoWithoutHeads: true,
    withClaims: true,
  };
  const { judgement, measured } = await measureModels(
    terminal,
    pair,
    async (services, measured) => {
      const judgement = await judgePair(services.evaluator, file, measured, {
        ...settings,
        tolerance,
        command,
        sealed: options.sealed,
      });
      if (reportPath !== undefined) {
        const made = { startedAt, softwareVersion: version, command };
        const judged = { file, measured, judgement, settings, ...made };
        if (options.sealed) await writeSealedReport(reportPath, isRetained(judgement), judged);
        else await writePairReport(reportPath, services.encoder, judged);
      }
      return { judgement, measured };
    },
  );
  const isReleased = isRetained(judgement);
  if (summaryPath !== undefined) {
    await appendFile(summaryPath, formatSummary(judgement, options.sealed));
  }
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
      ? `${JSON.stringify(describeJudgement(judgement, measured, { ...settings, role }), null, 2)}\n`
      : formatJudgement(judgement, measured, report, terminal),
  );
  return isReleased ? exitCodes.ok : exitCodes.notReleased;
}

/** The arguments that judge the same again. */
function formatArguments(
  { reference, candidate }: { readonly reference: string; readonly candidate: string },
  { tasks, tolerance, policy, executionProvider, sealed, ...options }: GateOptions,
): string {
  return [
    ...['gate', reference, candidate, '--tasks', tasks],
    ...(tolerance === undefined ? [] : ['--tolerance', String(tolerance)]),
    ...(policy === undefined ? [] : ['--policy', policy]),
    ...(executionProvider === undefined ? [] : ['--execution-provider', executionProvider]),
    ...(sealed ? ['--sealed'] : []),
    ...formatPool(options),
  ]
    .map(quoteArgument)
    .join(' ');
}

function formatPool({ pool, groups, labels, checks }: Omit<GateOptions, 'tasks'>): string[] {
  if (pool === undefined) return [];
  return [
    ...['--pool', pool],
    ...(groups === undefined ? [] : ['--groups', groups]),
    ...(labels === undefined ? [] : ['--labels', ...labels]),
    ...['--checks', String(checks)],
  ];
}
