import { formatCorruption } from '@holdfast/corruption';
import { type Role, type Sample, withoutCorrupted } from '@holdfast/dataset';
import type { ProviderRequest } from '@holdfast/engine';
import {
  type MeasuredData,
  type MeasuredModel,
  measureModel,
  noteModels,
  openModel,
  withPlanData,
} from '@holdfast/evaluation';
import type { Command } from 'commander';
import { nameCommand } from '../name-command.js';
import { createProviderOption } from '../provider-option.js';
import { readPlanFile } from '../read-plan-file.js';
import { createRoleOption, type MeasuredRole, noteLook } from '../role-option.js';
import { formatPercent } from '../terminal/format-number.js';
import { formatTable } from '../terminal/format-table.js';
import { exitCodes } from '../terminal/report-error.js';
import type { Terminal } from '../terminal/terminal.js';
import { withProgress, withServices } from '../work/with-work.js';

interface EvaluateOptions {
  readonly tasks: string;
  readonly role: MeasuredRole;
  readonly executionProvider?: ProviderRequest;
  readonly json?: boolean;
}

const examples = (holdfast: string) => `
Examples:
  ${holdfast} evaluate models/production --tasks plan.yaml
  ${holdfast} evaluate runs/fog/candidate --tasks plan.yaml --role test --json`;

/** Adds `holdfast evaluate`. */
export function addEvaluate(
  program: Command,
  terminal: Terminal,
  onExit: (code: number) => void,
): void {
  program
    .command('evaluate')
    .summary('measure one model: accuracy of every class')
    .description('Measures one model on the data of a plan: zero-shot accuracy of every class.')
    .argument('<model>', 'CLIP directory')
    .requiredOption('--tasks <plan>', 'plan that names data, classes and prompts')
    .addOption(createRoleOption())
    .addOption(createProviderOption())
    .option('--json', 'print JSON')
    .addHelpText('after', examples(nameCommand(terminal.environment)))
    .action(async (model: string, options: EvaluateOptions) => {
      onExit(await evaluate(model, options, terminal));
    });
}

async function evaluate(
  model: string,
  { tasks, role, executionProvider, json }: EvaluateOptions,
  terminal: Terminal,
): Promise<number> {
  const file = await readPlanFile(tasks, terminal);
  const evaluation = await withProgress(terminal, async (options) => {
    const opened = await openModel(model, terminal.cwd);
    const limits = { threads: file.plan.engine.threads, executionProvider };
    return withServices(terminal, limits, ({ encoder }) =>
      withPlanData(file, { images: role, logitScale: opened.logitScale }, options, async (data) => {
        const notes = await noteModels(file, data, [opened]);
        const measured = await measureModel(encoder, opened, data, options);
        return { ...summarize(model, role, data, measured), notes: [...notes, ...noteLook(role)] };
      }),
    );
  });
  const { output } = terminal;
  output.write(
    json ? `${JSON.stringify(evaluation, null, 2)}\n` : formatEvaluation(evaluation, terminal),
  );
  return exitCodes.ok;
}

/** Accuracy of a model by class; of corrupted images apart, and not in the accuracy of all. */
interface Evaluation {
  readonly schema: 'holdfast.evaluation/1';
  readonly model: { readonly path: string; readonly sha256: string };
  readonly data: { readonly sha256: string; readonly role: Role; readonly unreadable: number };
  readonly accuracy: number;
  readonly examples: number;
  /** What a person should know of the model and the prompts. */
  readonly notes: readonly string[];
  readonly classes: readonly {
    readonly class: string;
    readonly target: boolean;
    readonly examples: number;
    readonly accuracy: number;
  }[];
}

function summarize(
  path: string,
  role: Role,
  { samples, tasks, dataset }: MeasuredData,
  { sha256, predictions, badSamples }: MeasuredModel,
): Omit<Evaluation, 'notes'> {
  const readable = samples.filter(({ index }) => !badSamples.has(index));
  const isRight = ({ index, label }: (typeof samples)[number]) =>
    tasks.classes[predictions.classes[index]!] === label;
  const accuracyOf = (chosen: typeof samples) => chosen.filter(isRight).length / chosen.length;
  const plain = withoutCorrupted(readable);
  const kinds = [undefined, ...listCorruptions(readable)];
  const byClass = kinds.flatMap((kind) =>
    tasks.classes.map((label, index) => ({
      class: kind === undefined ? label : `${label} (${kind})`,
      target: tasks.targetIndices.includes(index),
      chosen: readable.filter((sample) => sample.label === label && describeKind(sample) === kind),
    })),
  );
  return {
    schema: 'holdfast.evaluation/1',
    model: { path, sha256 },
    data: {
      sha256: dataset.sha256,
      role,
      unreadable: withoutCorrupted(samples).length - plain.length,
    },
    accuracy: accuracyOf(plain),
    examples: plain.length,
    classes: byClass
      .map(({ chosen, ...named }) => ({
        ...named,
        examples: chosen.length,
        accuracy: accuracyOf(chosen),
      }))
      .filter(({ examples }) => examples > 0),
  };
}

function describeKind({ corruption }: Sample): string | undefined {
  return corruption && formatCorruption(corruption);
}

/** What is done to any of these, each once. */
function listCorruptions(samples: readonly Sample[]): string[] {
  return [...new Set(samples.flatMap((sample) => describeKind(sample) ?? []))];
}

function formatEvaluation(evaluation: Evaluation, { output }: Terminal): string {
  const rows = evaluation.classes.map((entry) => [
    entry.target ? `${entry.class} (target)` : entry.class,
    String(entry.examples),
    formatPercent(entry.accuracy),
  ]);
  const total = ['all', String(evaluation.examples), formatPercent(evaluation.accuracy)];
  const table = formatTable(
    [
      { title: 'class' },
      { title: 'images', align: 'right' },
      { title: 'accuracy', align: 'right' },
    ],
    [...rows, total],
    output.colors.dim,
  );
  const { unreadable, role } = evaluation.data;
  const note = unreadable === 0 ? [] : [`${unreadable} images could not be read and are left out.`];
  const notes = evaluation.notes.map((text) => `note: ${text}`);
  const lines = [`${evaluation.model.path} on ${role} data`, '', ...table, ...note, ...notes];
  return `${lines.join('\n')}\n`;
}
