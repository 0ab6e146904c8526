import type { ProviderRequest } from '@holdfast/engine';
import {
  describeComparison,
  describePair,
  listTargetTasks,
  type MeasuredPair,
  pairPredictions,
} from '@holdfast/evaluation';
import type { CompareResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { createProviderOption } from '../provider-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { createRoleOption, type MeasuredRole, noteLook } from '../role-option.js';
import { formatChange } from '../terminal/format-number.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { formatComparisons } from '../verdict/format-verdict.js';
import { measureModels } from '../work/measure-models.js';

interface CompareOptions {
  readonly tasks: string;
  readonly role: MeasuredRole;
  readonly executionProvider?: ProviderRequest;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} compare models/production models/retrained --tasks plan.yaml
  ${holdfast} compare models/production runs/fog/candidate --tasks plan.yaml --role test --json

"lost" counts images that were right before and are wrong now, "won" the other way round. Bounds are
one-sided, each at the plan's level. For a verdict, use ${holdfast} gate; to choose what it is shown,
${holdfast} compare --role steering.`;

/** Adds `holdfast compare`. */
export function addCompare(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('compare')
    .summary('compare two models on the same images')
    .description('Compares two models on the same images of a plan: changes, flips and bounds.')
    .argument('<old>', 'CLIP directory of the reference')
    .argument('<new>', 'CLIP directory of the candidate')
    .requiredOption('--tasks <plan>', 'plan that names data, classes, prompts and tasks')
    .addOption(createRoleOption())
    .addOption(createProviderOption())
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (reference: string, candidate: string, options: CompareOptions) => {
      onExit(await compare(reference, candidate, options, terminal));
    });
}

async function compare(
  reference: string,
  candidate: string,
  { tasks, role, executionProvider, json }: CompareOptions,
  terminal: Terminal,
): Promise<number> {
  const file = await readPlanFile(tasks, terminal);
  const pair = { reference, candidate, file, images: role, executionProvider };
  const text = await measureModels(terminal, pair, async ({ evaluator }, found) => {
    const measured = { ...found, notes: [...found.notes, ...noteLook(role)] };
    const response = await evaluator.compare({
      tasks: pairPredictions(measured.data.tasks, measured.predictions),
      level: file.plan.gate.level,
    });
    return json
      ? `${JSON.stringify(describeResponse(response, measured, role), null, 2)}\n`
      : formatResponse(response, measured, terminal);
  });
  terminal.output.write(text);
  return exitCodes.ok;
}

function describeResponse(response: CompareResponse, measured: MeasuredPair, role: MeasuredRole) {
  const { tasks, devSafetyAccuracy = null, devSafetyLoss = null } = response;
  return {
    schema: 'holdfast.comparison/1',
    ...describePair(measured, role),
    devSafetyAccuracy,
    devSafetyLoss,
    target: tasks.filter(({ target }) => target).map(describeComparison),
    protected: tasks.filter(({ target }) => !target).map(describeComparison),
  };
}

function formatResponse(
  { tasks, devSafetyAccuracy }: CompareResponse,
  { notes, data }: MeasuredPair,
  { output }: Terminal,
): string {
  const targets = tasks.filter(({ target }) => target).map(describeComparison);
  const protectedTasks = tasks.filter(({ target }) => !target).map(describeComparison);
  const lines = [
    ...formatComparisons(targets, protectedTasks, output.colors),
    '',
    devSafetyAccuracy === undefined
      ? 'no protected task has images here'
      : `worst change of a protected task: ${formatChange(devSafetyAccuracy)} points`,
    ...nameTasksWithoutImages(tasks, data),
    ...notes.map((note) => `note: ${note}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is not in the tables, in a line. */
function nameTasksWithoutImages(
  compared: CompareResponse['tasks'],
  { tasks }: MeasuredPair['data'],
): string[] {
  const shown = new Set(compared.map(({ task }) => task));
  const absent = [...listTargetTasks(tasks), ...tasks.protectedTasks]
    .filter(({ name }) => !shown.has(name))
    .map(({ name }) => `'${name}'`);
  return absent.length === 0 ? [] : [`not compared, for want of images here: ${absent.join(', ')}`];
}
