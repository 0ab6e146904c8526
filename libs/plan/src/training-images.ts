import type { PlanDraft } from './schema.js';

type Limits = Pick<PlanDraft, 'data' | 'spaces'>;

/** How many training images of a label, not the target's, are used at most; undefined: all. */
export function limitTrainingImages(plan: Limits, label: string): number | undefined {
  const [name] =
    Object.entries(plan.spaces ?? {}).find(([space, { classes, data }]) =>
      data === undefined ? classes?.includes(label) : label.startsWith(`${space}/`),
    ) ?? [];
  return limitSpace(plan, name);
}

/**
 * How many training images of each label of a space are used at most.
 *
 * @param name undefined: the target's space
 */
export function limitSpace({ data, spaces }: Limits, name: string | undefined): number | undefined {
  const own = name === undefined ? undefined : spaces?.[name]?.trainingImages;
  return own ?? data.trainingImages;
}
