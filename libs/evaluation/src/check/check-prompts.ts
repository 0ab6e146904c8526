import type { Tokenizer } from '@holdfast/clip';
import { Fault, type FieldViolation } from '@holdfast/fault';
import { fillTemplate, formatFieldPath, type PlanDraft } from '@holdfast/plan';
import { listSpaces } from '../tasks/label-spaces.js';
import { type ClassPrompts, listClassPrompts } from '../tasks/prompts.js';

/** A class's text under a template. */
interface Prompt {
  readonly label: string;
  readonly text: string;
}

/** A template and where it stands in the plan. */
interface Template {
  readonly field: string;
  readonly template: string;
}

/** Cut texts that are named one by one; of the others, how many. */
const namedMax = 5;

/** Labels of one text that are named one by one. */
const labelsMax = 10;

/**
 * Refuses classes of one label space that the model cannot tell apart by their texts: two labels whose text under one template
 * has the same token ids, because they differ in case or Unicode form alone, because `classNames` calls
 * them the same, or because they differ where the context has ended. Such classes have one embedding, and
 * every image of both is taken for the first.
 *
 * @returns notes on texts that are longer than the model's context, and where they are cut.
 * @throws Fault `invalid` naming the labels and texts, by their field of the plan.
 */
export function checkPrompts(
  plan: Pick<PlanDraft, 'prompts' | 'spaces'>,
  classes: readonly string[],
  tokenizer: Tokenizer,
): string[] {
  const violations: FieldViolation[] = [];
  const refused = new Set<string>();
  const cuts: string[] = [];
  const all = listClassPrompts(plan, classes);
  for (const space of listSpaces(plan, classes)) {
    const ofSpace = space.classes.map((index) => all[index]!);
    for (const { field, template } of listTemplates(ofSpace[0])) {
      const prompts = ofSpace.map(({ label, name }) => ({
        label,
        text: fillTemplate(template, name),
      }));
      for (const same of findSameTokens(prompts, tokenizer)) {
        const labels = JSON.stringify(same.map(({ label }) => label));
        // Classes of one name have one text under every template: once is enough.
        if (!refused.has(labels)) violations.push(describeSame(same, field, tokenizer));
        refused.add(labels);
      }
      for (const prompt of prompts) {
        const cut = describeCut(prompt, tokenizer);
        if (cut !== undefined) cuts.push(cut);
      }
    }
  }
  if (violations.length > 0) {
    throw new Fault('invalid', 'classes of the data have the same prompts', { violations });
  }
  const rest = cuts.length - namedMax;
  return rest > 0 ? [...cuts.slice(0, namedMax), `${rest} more prompts are cut`] : cuts;
}

/** The templates of a label space, each once. */
function listTemplates(prompts: ClassPrompts | undefined): Template[] {
  if (prompts === undefined) return [];
  const { templates, classifierTemplates, field } = prompts;
  const all = (
    [
      ['templates', templates],
      ['classifierTemplates', classifierTemplates],
    ] as const
  ).flatMap(([key, listed]) =>
    listed.map((template, i) => ({ field: formatFieldPath([...field, key, i]), template })),
  );
  return all.filter(
    ({ template }, i) => all.findIndex((other) => other.template === template) === i,
  );
}

/** Every set of two or more prompts with the same ids. */
function findSameTokens(prompts: readonly Prompt[], tokenizer: Tokenizer): Prompt[][] {
  const byTokens = new Map<string, Prompt[]>();
  for (const prompt of prompts) {
    const key = tokenizer.encode(prompt.text).join();
    const same = byTokens.get(key);
    if (same === undefined) byTokens.set(key, [prompt]);
    else same.push(prompt);
  }
  return [...byTokens.values()].filter(({ length }) => length > 1);
}

function describeSame(
  prompts: readonly Prompt[],
  field: string,
  tokenizer: Tokenizer,
): FieldViolation {
  const named = prompts
    .slice(0, labelsMax)
    .map(({ label, text }) => `${JSON.stringify(label)} (${JSON.stringify(text)})`);
  const rest = prompts.length - named.length;
  const labels = rest > 0 ? `${named.join(', ')} and ${rest} more` : named.join(' and ');
  const cut = tokenizer.describeCut(prompts[0]!.text);
  const why =
    cut === undefined
      ? 'they are the same tokens to the model: give each label a name of its own in prompts.classNames, or images of one class one label'
      : `they are the same after the model's context has cut them off: use a shorter template or shorter names`;
  return { field, description: `gives one prompt to ${labels}; ${why}` };
}

function describeCut({ label, text }: Prompt, tokenizer: Tokenizer): string | undefined {
  const cut = tokenizer.describeCut(text);
  if (cut === undefined) return undefined;
  const context = tokenizer.encode(text).length;
  const end = cut.kept.slice(-40);
  return `the prompt of "${label}" has ${cut.tokenCount} tokens, more than the model's ${context}: what follows "...${end}" is not read (${JSON.stringify(text)})`;
}
