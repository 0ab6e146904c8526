import type { PlanProblem } from './describe-issue.js';
import { attacksImages } from './protected-entries.js';
import { adaptersSchema, type PlanDraft, type PlanInput } from './schema.js';

type Augmentation = PlanDraft['training']['augmentation'];

const noAugmentation: Augmentation = {
  rotationDegrees: 0,
  shift: 0,
  contrast: 0,
  brightness: 0,
  flip: false,
};

/**
 * Whether a plan trains on features of its images, computed once. They are those of plain images, so
 * that nothing is augmented.
 */
export function trainsOnFeatures({ training: { scope } }: Pick<PlanDraft, 'training'>): boolean {
  return scope === 'projections' || scope === 'heads';
}

/** Whether anything of the images trains. */
export function trainsImages({ training: { scope } }: Pick<PlanDraft, 'training'>): boolean {
  return scope !== 'heads';
}

/** Fills in what follows from the scope: the adapters' defaults, and no augmentation of features. */
export function applyScope(plan: PlanDraft): PlanDraft {
  const { training, constraints } = plan;
  if (training.scope === 'adapters') {
    const { adapters = adaptersSchema.parse({}) } = training;
    return { ...plan, training: { ...training, adapters } };
  }
  if (!trainsOnFeatures(plan)) return plan;
  return {
    ...plan,
    training: { ...training, augmentation: noAugmentation },
    constraints: { ...constraints, augmentation: 'none' },
  };
}

/** What cannot be meant together with the scope. `given` tells a choice from a default. */
export function checkScope({
  given,
  plan,
}: {
  readonly given: Partial<PlanInput>;
  readonly plan: PlanDraft;
}): PlanProblem[] {
  const { training, constraints, heads } = plan;
  const problems: PlanProblem[] = [];
  const refuse = (path: string[], description: string) => problems.push({ path, description });
  if (training.scope === 'heads' && !heads.enabled) {
    refuse(['training', 'scope'], 'heads needs heads.enabled: true; without them nothing trains');
  }
  if (training.scope === 'heads' && plan.distillation?.unlabelled !== undefined) {
    const description =
      'moves nothing that training.scope: heads trains: texts of no class have no head; leave it out, or choose another scope';
    refuse(['distillation', 'unlabelled'], description);
  }
  if (training.scope !== 'adapters' && training.adapters !== undefined) {
    const description = `belongs to training.scope: adapters; the scope is ${training.scope}`;
    refuse(['training', 'adapters'], description);
  }
  if (!trainsOnFeatures(plan)) return problems;
  if (attacksImages(plan)) {
    const description = `is ${training.scope}, whose features stand in for the pixels that an attack of a protected task changes; choose the scope adapters or full, or leave the attack out`;
    refuse(['training', 'scope'], description);
  }
  const why = `the scope ${training.scope} trains on features of plain images, computed once; leave it out, or choose the scope adapters or full`;
  if (given.training?.augmentation !== undefined && augments(training.augmentation)) {
    refuse(['training', 'augmentation'], why);
  }
  if (given.constraints?.augmentation !== undefined && constraints.augmentation !== 'none') {
    refuse(['constraints', 'augmentation'], why);
  }
  return problems;
}

function augments(augmentation: Augmentation): boolean {
  const names = Object.keys(augmentation) as (keyof Augmentation)[];
  return names.some((name) => augmentation[name] !== noAugmentation[name]);
}
