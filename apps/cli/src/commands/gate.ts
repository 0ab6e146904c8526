import {
  describeComparison,
  describeTaskVerdict,
  nameVerdict,
  pairPredictions,
  type RunTasks,
  requireImages,
} from '@holdfast/controller';
import { withPlanLines } from '@holdfast/plan';
import {
  type GateResponse,
  Policy,
  Verdict,
} from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { type Command, Option } from 'commander';
import { type MeasuredPair, measurePair } from '../measure/measure-pair.js';
import { parseFraction } from '../parse-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { describePair } from '../verdict/describe-pair.js';
import { formatComparisons, formatOutcome } from '../verdict/format-verdict.js';

const policies = {
  evidence: Policy.POLICY_EVIDENCE,
  strict: Policy.POLICY_STRICT,
} as const;

interface GateOptions {
  readonly tasks: string;
  readonly tolerance?: number;
  readonly policy?: keyof typeof policies;
  readonly json?: boolean;
}

const examples = `
Examples:
  holdfast gate models/production models/retrained --tasks plan.yaml
  holdfast gate models/production runs/fog/candidate --tasks plan.yaml --tolerance 0.02 --json

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
      "Judges a new model against an old one on a plan's validation data: released only if the evidence says that no protected task lost more than its tolerance.",
    )
    .argument('<old>', 'Hugging Face CLIP directory of the reference')
    .argument('<new>', 'Hugging Face CLIP directory of the candidate')
    .requiredOption('--tasks <plan>', 'plan that names data, classes, prompts and tasks')
    .option(
      '--tolerance <fraction>',
      "largest accuracy drop tolerated, instead of the plan's",
      parseFraction,
    )
    .addOption(
      new Option('--policy <policy>', "how the verdict follows, instead of the plan's").choices(
        Object.keys(policies),
      ),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (reference: string, candidate: string, options: GateOptions) => {
      onExit(await gate({ reference, candidate }, options, terminal));
    });
}

async function gate(
  models: { readonly reference: string; readonly candidate: string },
  options: GateOptions,
  terminal: Terminal,
): Promise<number> {
  const file = await readPlanFile(options.tasks, terminal.cwd);
  const policy = options.policy ?? file.plan.gate.policy;
  const pair = { ...models, file, role: 'validation' as const };
  const { response, measured } = await measurePair(
    terminal,
    pair,
    async ({ evaluator }, measured) => {
      const { data, predictions } = measured;
      // A task without readable images would be released unseen.
      await withPlanLines(file, () =>
        requireImages(data.tasks, predictions.samples, ['validation']),
      );
      const { level } = file.plan.gate;
      const tasks = pairPredictions(tolerate(data.tasks, options.tolerance), predictions);
      const request = { tasks, level, policy: policies[policy] };
      return { response: await evaluator.gate(request), measured };
    },
  );
  const { level } = file.plan.gate;
  terminal.output.write(
    options.json
      ? `${JSON.stringify(describeResponse(response, measured, { policy, level }), null, 2)}\n`
      : formatResponse(response, terminal),
  );
  const isReleased = response.verdict === Verdict.VERDICT_RETAINED;
  return isReleased ? exitCodes.ok : exitCodes.notReleased;
}

/** The tasks with another tolerance than the plan's, where one is given. */
function tolerate(tasks: RunTasks, tolerance: number | undefined): RunTasks {
  if (tolerance === undefined) return tasks;
  return {
    ...tasks,
    protectedTasks: tasks.protectedTasks.map((task) => ({ ...task, tolerance })),
  };
}

function describeResponse(
  response: GateResponse,
  measured: MeasuredPair,
  settings: { readonly policy: string; readonly level: number },
) {
  return {
    schema: 'holdfast.gate/1',
    outcome: nameVerdict(response),
    reason: response.reason,
    ...describePair(measured, 'validation'),
    gate: settings,
    devSafetyAccuracy: response.devSafetyAccuracy,
    devSafetyLoss: response.devSafetyLoss,
    target: response.targets.map(describeComparison),
    protected: response.tasks.map(describeTaskVerdict),
  };
}

function formatResponse(response: GateResponse, { output }: Terminal): string {
  const lines = [
    formatOutcome(nameVerdict(response), output.colors),
    response.reason,
    '',
    ...formatComparisons(
      response.targets.map(describeComparison),
      response.tasks.map(describeTaskVerdict),
      output.colors,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
