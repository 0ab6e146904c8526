import type { ClipDirectory } from './clip-directory.js';
import { createParameterLayout, type ParameterLayout } from './parameter-layout.js';
import { planTensors } from './tensor-plan.js';

/** A parameter that a model's files hold in half precision. */
export interface HalfParameter {
  readonly dtype: 'F16' | 'BF16';
  /** First element in the layout's array, and how many. */
  readonly offset: number;
  readonly size: number;
}

/**
 * The parameters of a layout that the model's files hold in half precision: {@link writeClipDirectory} rounds them.
 * Adapters and heads are in none of these files.
 */
export function listHalfPrecision(
  { config, naming, weightFiles }: Pick<ClipDirectory, 'config' | 'naming' | 'weightFiles'>,
  { entries }: Pick<ParameterLayout, 'entries'>,
): HalfParameter[] {
  const plans = planTensors(createParameterLayout(config), naming);
  const types = new Map<string, HalfParameter['dtype']>();
  for (const { tensors } of weightFiles) {
    for (const [tensor, { dtype }] of tensors) {
      if (dtype !== 'F16' && dtype !== 'BF16') continue;
      for (const { name } of plans.get(tensor)?.parts ?? []) types.set(name, dtype);
    }
  }
  return entries.flatMap(({ name, offset, size }) => {
    const dtype = types.get(name);
    return dtype === undefined ? [] : [{ dtype, offset, size }];
  });
}
