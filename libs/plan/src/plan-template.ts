import { stringify } from 'yaml';

/** What a first plan is made from. */
export interface PlanTemplateSettings {
  /** The CLIP directory, as the plan should name it. */
  readonly model: string;
  /** The folder of images, as the plan should name it. */
  readonly root: string;
  /** CSV of images; absent: the folder has one folder per class. */
  readonly manifest?: string | undefined;
  /** Labels of the data, in the order in which tasks are listed. */
  readonly classes: readonly string[];
  readonly targetClass: string;
  /** How a person calls holdfast. */
  readonly command: string;
  /** Smallest tolerance that the data could decide; absent: the default will do. */
  readonly decidableTolerance?: number | undefined;
}

/** A commented plan for someone's own data: the choices to make first, each with its default. */
export function planTemplate(settings: PlanTemplateSettings): string {
  const { model, root, manifest, classes, targetClass, command, decidableTolerance } = settings;
  const others = classes.filter((label) => label !== targetClass);
  return `# A plan for Holdfast: what to improve, what to protect, and how.
# Check it with \`${command} plan check\`, start it with \`${command} run\`. Paths start from this file's folder.

# The model in production: a CLIP directory of transformers or open_clip. It is read, never changed.
model: ${scalar(model)}

data:
  # Images are read from this folder only.
  root: ${scalar(root)}
${formatManifest(manifest)}
  # Shares of each class's groups: \`steering\` chooses the candidate, \`validation\` is what the gate
  # judges by, the rest trains. More validation data decides smaller drops.
  split: { steering: 0.2, validation: 0.3, seed: 0 }

target:
  # The class to improve.
  class: ${scalar(targetClass)}

# The classes that must not get worse. Leave the list out to protect every class but the target.
protected:
${others.map((label) => `  - ${scalar(label)}`).join('\n')}
  # A class can have its own tolerance:
  # - { class: ${flow(others[0] ?? 'stop sign')}, tolerance: 0.02 }

prompts:
  # What the model reads for a class; {} is its name. The first makes the zero-shot classifier.
  templates: ["a photo of a {}."]
  # What to call a class in a prompt, where its label does not say it:
${formatClassNames(classes, targetClass)}

training:
  # auto: a number that follows from your model and data. \`${command} plan check\` prints it with its reason.
  steps: auto
  learningRate: auto
  # Pairs of the objective in a step, half target, half negatives.
  targetBatch: 64
  # Examples of each protected class in a step.
  examplesPerTask: 10
  augmentation:
    # Largest shift on each axis, as a share of the image's side.
    shift: 0.0625
    # Mirror left to right half of the time. Not for signs and text.
    flip: false

gate:
  # Largest accuracy drop of a protected class that the gate tolerates, as a fraction.
${formatDecidable(decidableTolerance)}  tolerance: 0.05
  # Several classes in the mean can be promised more than one alone; a release needs all that is claimed:
  # claims: { anyTwo: 0.04, anyThree: 0.03, together: 0.02 }
  # Level of the whole claim: 0.05 is 95 % confidence over all protected classes together.
  level: 0.05
  # How many judgements by the same validation images share that level; they are counted beside the data.
  judgementsMax: 1

seed: 0
`;
}

function formatManifest(manifest: string | undefined): string {
  if (manifest !== undefined) {
    return `  # Columns path,label and, where known, group and role.
  manifest: ${scalar(manifest)}`;
  }
  return `  # One folder per class. Frames of one drive belong in one group; a CSV (path,label,group) says so:
  # manifest: images.csv`;
}

function formatDecidable(tolerance: number | undefined): string {
  if (tolerance === undefined) return '';
  return `  # These data cannot show that a drop stays within 0.05, even if nothing changes: it takes more
  # validation groups, or a tolerance of ${tolerance} at the least.
`;
}

/** Labels that stand for words (`road_work`) are spelled out; the model has read words. */
function formatClassNames(classes: readonly string[], targetClass: string): string {
  const names = classes.map((label) => [label, label.replaceAll(/[-_]+/g, ' ').trim()] as const);
  const spelled = names.filter(([label, name]) => name !== label && name !== '');
  if (spelled.length === 0) return `  # classNames: { ${flow(targetClass)}: "a better name" }`;
  const lines = spelled.map(([label, name]) => `    ${flow(label)}: ${scalar(name)}`);
  return ['  classNames:', ...lines].join('\n');
}

/** A text as a YAML scalar of a block, in quotes only where needed. */
function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();
}

/** A text as a YAML scalar inside braces, where commas and brackets have a meaning. */
function flow(text: string): string {
  return JSON.stringify(text);
}
