import { resolveName } from '@holdfast/artifacts';
import { describeSchedule, noteSchedule, noteStepSize, scheduleRun } from '@holdfast/controller';
import { type Role, roleNames, samplesWithRole, withoutCorrupted } from '@holdfast/dataset';
import {
  createTaskFinder,
  type DriftData,
  decodeImages,
  noteBadImages,
  noteThinEvidence,
  type PlanData,
  type PlanFile,
  readPlanLedger,
} from '@holdfast/evaluation';
import {
  describeMethod,
  describeScope,
  listTargets,
  noteIdleFields,
  type PlanDraft,
  type Resolution,
} from '@holdfast/plan';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { checkWithoutImages } from '../plan/check-without-images.js';
import { readPlanFile } from '../read-plan-file.js';
import { formatTable } from '../terminal/format-table.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { formatLedger } from '../verdict/format-ledger.js';
import { withImageThreads } from '../work/with-image-threads.js';
import { withProgress } from '../work/with-work.js';

interface PlanCheckOptions {
  readonly fast?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} plan check plan.yaml
  ${holdfast} plan check plan.yaml --fast

Every image is decoded and kept in runs/.cache, where a run finds it.`;

/** Adds `holdfast plan check`. */
export function addPlan(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('plan')
    .summary('check a plan')
    .description('Works on plans.')
    .command('check')
    .summary('check a plan against its model and data, without training')
    .description(
      'Checks everything about a plan that can be known without training: the plan itself, its model and its data. Names every problem at once.',
    )
    .argument('<plan>', 'plan to check')
    .option('--fast', 'do not decode the images')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (plan: string, options: PlanCheckOptions) => {
      onExit(await checkPlan(plan, options, terminal));
    });
}

async function checkPlan(
  name: string,
  { fast = false }: PlanCheckOptions,
  terminal: Terminal,
): Promise<number> {
  const file = await readPlanFile(name, terminal);
  const { model, data, drift, distilled, plan, resolutions, notes, own, badImages } =
    await withProgress(terminal, async (options) => {
      const parts = await checkWithoutImages(file, options);
      if (fast) return { ...parts, badImages: [] };
      const runsPath = resolveName(terminal.cwd, 'runs');
      const unlabelled = [parts.drift, parts.distilled].flatMap((read) => read?.samples ?? []);
      const count = parts.data.dataset.samples.length + unlabelled.length;
      const decoded = await withImageThreads(count, (threads) =>
        decodeImages(file, { ...parts, unlabelled }, runsPath, options, threads),
      );
      return { ...parts, ...decoded };
    });
  const { dataset, tasks } = data;
  const { config } = model;
  const thin = noteThinEvidence(file.plan, data);
  const ledger = await readLedger(file, data, drift);
  const run = { plan, dataset, tasks, model };
  const schedule = scheduleRun(run);
  const lines = [
    thin.length === 0
      ? `${name} is good.`
      : `${name} can run, but the data decide little: see the notes.`,
    '',
    `model       ${file.plan.model}: ViT/${config.vision.patchSize}, images ${config.vision.imageSize} px`,
    `method      ${describeMethod(plan)}`,
    `trains      ${describeScope(plan)}, ${plan.training.steps} steps`,
    `${listTargets(file.plan).length === 1 ? 'target ' : 'targets'}     ${listTargets(file.plan).join(', ')}`,
    `protected   ${tasks.protectedTasks.map((task) => task.name).join(', ')}`,
    ...formatSpaces(tasks),
    `watches     ${formatWatched(file.plan, drift)}`,
    `ledger      ${formatLedger(ledger)}`,
    ...(schedule === undefined ? [] : [`measures    ${describeSchedule(schedule)}`]),
    '',
    ...formatResolutions(resolutions, terminal),
    ...formatCounts(data, terminal),
    ...[
      ...dataset.notes,
      ...(drift?.notes ?? []),
      ...(distilled?.notes ?? []),
      ...notes,
      ...own,
      ...thin,
      ...noteSchedule(run),
      ...noteStepSize(run),
      ...noteIdleFields(file.text),
      ...noteBadImages(badImages),
    ].map((note) => `note: ${note}`),
    ...(fast ? ['note: the images were not decoded (--fast)'] : []),
  ];
  terminal.output.write(`${lines.join('\n')}\n`);
  return exitCodes.ok;
}

function formatWatched(
  { drift, gate: { firstModel } }: PlanDraft,
  data: DriftData | undefined,
): string {
  const against = firstModel === undefined ? '' : `, also against ${firstModel}`;
  if (data === undefined || drift === undefined)
    return `the protected tasks${against}, and nothing else`;
  const claim =
    drift.tolerance === undefined ? '' : ` (at most ${100 * drift.tolerance} % may change)`;
  return `the protected tasks${against}; ${data.samples.length} unlabelled images among ${data.texts.length} texts${claim}; nothing else`;
}

/** The ledger of the plan's validation images; refused where a run would be, too. */
async function readLedger(file: PlanFile, data: PlanData, drift: DriftData | undefined) {
  const { report, refusal } = await readPlanLedger(file, data, drift);
  if (refusal !== undefined) throw refusal;
  return report;
}

/** The numbers that the plan leaves to Holdfast, with their reasons. */
function formatResolutions(resolutions: readonly Resolution[], { output }: Terminal): string[] {
  if (resolutions.length === 0) return [];
  const rows = resolutions.map(({ field, value, because }) => [field, String(value), because]);
  const columns = [
    { title: 'auto' },
    { title: 'is', align: 'right' as const },
    { title: 'because' },
  ];
  return [...formatTable(columns, rows, output.colors.dim), ''];
}

/** What is told apart among itself, beside the target's classes. */
function formatSpaces({ spaces, classes }: PlanData['tasks']): string[] {
  return spaces.slice(1).map(({ name, classes: indices }) => {
    const shown = indices.slice(0, 10).map((index) => classes[index]);
    return `space       ${name}: ${indices.length} classes, ${shown.join(', ')}${indices.length > 10 ? ', ...' : ''}`;
  });
}

/** Classes whose images are counted one by one. */
const countedMax = 200;

/** Images by class and role, and of each task that is not one class. */
function formatCounts({ dataset, tasks }: PlanData, { output }: Terminal): string[] {
  const roles = roleNames.filter((role) => samplesWithRole(dataset, role).length > 0);
  const count = (role: Role, label: string) =>
    withoutCorrupted(samplesWithRole(dataset, role, label)).length;
  const finders = roles.map((role) => createTaskFinder(dataset, role));
  const more = dataset.classes.length - countedMax;
  return formatTable(
    [{ title: 'images' }, ...roles.map((title) => ({ title, align: 'right' as const }))],
    [
      ...dataset.classes
        .slice(0, countedMax)
        .map((label) => [label, ...roles.map((role) => String(count(role, label)))]),
      ...(more > 0 ? [[`${more} more classes`, ...roles.map(() => '')]] : []),
      ...tasks.protectedTasks
        .filter(
          ({ labels, where, corruptions }) =>
            labels.length > 1 || where.length + corruptions.length > 0,
        )
        .map((task) => [task.name, ...finders.map((samplesOf) => String(samplesOf(task).length))]),
    ],
    output.colors.dim,
  );
}
