import { fillTemplate, type PlanDraft } from '@holdfast/plan';
import { listSpaces, ownLabel } from './label-spaces.js';

/** Texts of a run: captions by class and template, and the zero-shot classifier's prompts. */
export interface RunPrompts {
  /** Caption of a class under a template, one of `templateCount`. */
  caption(classIndex: number, template: number): string;
  /** Prompts of the constraint's classifier, one a class: the first classifier template. */
  readonly classPrompts: readonly string[];
  /** Prompts of the evaluation's classifier: [class][template]. */
  readonly classifierPrompts: readonly (readonly string[])[];
  /** Templates to draw from: where label spaces have different numbers of them, a multiple of each. */
  readonly templateCount: number;
  /** Different captions of all classes. */
  readonly captionCount: number;
}

/** What a class is called and asked for by. */
export interface ClassPrompts {
  readonly label: string;
  /** Its name in the plan, else its label in its data set. */
  readonly name: string;
  readonly templates: readonly string[];
  readonly classifierTemplates: readonly string[];
  /** Where the templates stand in the plan: `spaces.objects.prompts`. */
  readonly field: readonly string[];
}

type PromptPlan = Pick<PlanDraft, 'prompts' | 'spaces'>;

/** The templates and the name of each class, by its label space. */
export function listClassPrompts(plan: PromptPlan, classes: readonly string[]): ClassPrompts[] {
  const found: ClassPrompts[] = [];
  for (const space of listSpaces(plan, classes)) {
    const written = space.name === undefined ? undefined : plan.spaces?.[space.name];
    const {
      templates,
      classifierTemplates = [templates[0]!],
      ...named
    } = written?.prompts ?? plan.prompts;
    // The plan's own names are of labels of the plan's data.
    const isNamed = written?.prompts !== undefined || written?.data === undefined;
    const classNames: Readonly<Record<string, string>> = isNamed ? named.classNames : {};
    const field = written?.prompts === undefined ? ['prompts'] : ['spaces', space.name!, 'prompts'];
    for (const index of space.classes) {
      const label = classes[index]!;
      const known = ownLabel(plan, space.name, label);
      const name = Object.hasOwn(classNames, known) ? classNames[known]! : known;
      found[index] = { label, name, templates, classifierTemplates, field };
    }
  }
  return found;
}

/** Fills the plan's templates with the classes' names. */
export function createPrompts(plan: PromptPlan, classes: readonly string[]): RunPrompts {
  const prompts = listClassPrompts(plan, classes);
  const captions = prompts.map(({ name, templates }) =>
    templates.map((template) => fillTemplate(template, name)),
  );
  const classifierPrompts = prompts.map(({ name, classifierTemplates }) =>
    classifierTemplates.map((template) => fillTemplate(template, name)),
  );
  return {
    caption: (classIndex, template) => {
      const own = captions[classIndex]!;
      return own[template % own.length]!;
    },
    classPrompts: classifierPrompts.map(([first]) => first!),
    classifierPrompts,
    templateCount: captions.map(({ length }) => length).reduce(leastCommonMultiple, 1),
    captionCount: captions.reduce((sum, { length }) => sum + length, 0),
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
