import type { PlanDraft } from '@holdfast/plan';

/** Classes that are told apart among themselves alone. */
export interface LabelSpace {
  /** Undefined: the plan's own, of all labels that no other space has; the target's. */
  readonly name: string | undefined;
  /** Indices into the classes of the data, ascending. */
  readonly classes: readonly number[];
}

type Spaces = Pick<PlanDraft, 'spaces'>;

/** The label spaces of a plan, its own first: each class of the data is in one. */
export function listSpaces({ spaces = {} }: Spaces, classes: readonly string[]): LabelSpace[] {
  const indices = classes.map((_, index) => index);
  const others = Object.entries(spaces).map(([name, { classes: labels, data }]) => {
    const known = new Set(labels);
    const has = (label: string) =>
      data === undefined ? known.has(label) : label.startsWith(`${name}/`);
    return { name, classes: indices.filter((index) => has(classes[index]!)) };
  });
  const taken = new Set(others.flatMap((space) => space.classes));
  return [{ name: undefined, classes: indices.filter((index) => !taken.has(index)) }, ...others];
}

/** What a space's data set calls a label: without the space's name, where the set is the space's own. */
export function ownLabel(
  { spaces = {} }: Spaces,
  space: string | undefined,
  label: string,
): string {
  const isApart = space !== undefined && spaces[space]?.data !== undefined;
  return isApart ? label.slice(space.length + 1) : label;
}

/** Where each class's space is in a list of spaces. */
export function indexSpaces(spaces: readonly LabelSpace[]): Map<number, number> {
  return new Map(
    spaces.flatMap(({ classes }, space) => classes.map((index) => [index, space] as const)),
  );
}
