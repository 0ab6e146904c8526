/** Where methods are compared with one another: a target, under a variant of the plan. */
export interface Setting {
  /** What tells it from the study's other settings: the target, the variant, or `TARGET, VARIANT` where both vary. */
  readonly setting: string;
  readonly target: string;
  /** Null: the study has no variants. */
  readonly variant: string | null;
}

/** The setting of what has one. */
export function settingOf({ setting, target, variant }: Setting): Setting {
  return { setting, target, variant };
}

/** @param hasTargets whether targets vary in the study */
export function nameSetting(
  { target, variant }: Omit<Setting, 'setting'>,
  hasTargets: boolean,
): string {
  if (variant === null) return target;
  return hasTargets ? `${target}, ${variant}` : variant;
}
