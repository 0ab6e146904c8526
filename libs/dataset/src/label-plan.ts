import { Fault } from '@holdfast/fault';
import { listSome } from './compare-text.js';
import type { LoadSettings } from './load-settings.js';
import { createProblems } from './problems.js';

/** What each label is to the run. */
export interface LabelPlan {
  readonly targets: ReadonlySet<string>;
  readonly protected: ReadonlySet<string>;
  /** Those that need images for every use. */
  readonly whole: ReadonlySet<string>;
  /** Those that are negatives where neither plan nor manifest names any. */
  readonly contrasted: ReadonlySet<string>;
  /** Undefined: the manifest's negatives, else the contrasted labels. */
  readonly negatives: ReadonlySet<string> | undefined;
}

type LabelSettings = Pick<
  LoadSettings,
  'targetClasses' | 'protectedClasses' | 'chooseLabels' | 'negativeClasses'
>;

/**
 * Checks the labels that a plan names against those of the data, which are in Unicode's form NFC.
 *
 * @throws Fault `invalid` that names every label without images, and a target that is protected or its
 *   own negative.
 */
export function planLabels(classes: readonly string[], settings: LabelSettings): LabelPlan {
  const targets = new Set(settings.targetClasses.map((label) => label.normalize('NFC')));
  const negativeClasses = settings.negativeClasses?.map((label) => label.normalize('NFC'));
  const named =
    settings.protectedClasses?.map((label) => label.normalize('NFC')) ??
    classes.filter((label) => !targets.has(label));
  const chosen = settings.chooseLabels?.(classes) ?? {
    protected: named,
    whole: named,
    contrasted: named,
  };
  const protectedClasses = chosen.protected;
  const problems = createProblems();
  const known = new Set(classes);
  const check = (field: string, labels: readonly string[]) => {
    for (const label of labels) {
      if (!known.has(label)) problems.add(field, `no image has the label "${label}"`);
    }
  };
  check('target.class', [...targets]);
  check('protected', protectedClasses);
  check('target.negatives', negativeClasses ?? []);
  const what = targets.size === 1 ? 'the target' : 'a target';
  for (const target of targets) {
    if (protectedClasses.includes(target)) {
      problems.add('protected', `"${target}" is ${what} and cannot be protected as well`);
    }
    if (negativeClasses?.includes(target)) {
      problems.add('target.negatives', `"${target}" is ${what} and cannot be its own negative`);
    }
  }
  problems.throwIfAny(
    `the plan's labels do not fit the data, whose labels are ${listSome(classes)}`,
  );
  if (protectedClasses.length === 0) {
    const improved = [...targets].map((label) => `"${label}"`).join(' or ');
    throw new Fault(
      'invalid',
      classes.every((label) => targets.has(label))
        ? `every image has the label ${improved}: there is nothing to protect`
        : 'training would be held to no class: of every one but the targets no image trains (trainingImages: 0, or constrain: false)',
    );
  }
  return {
    targets,
    protected: new Set(protectedClasses),
    whole: new Set(chosen.whole),
    contrasted: new Set(chosen.contrasted),
    negatives: negativeClasses && new Set(negativeClasses),
  };
}
