import { type ClipDirectory, createParameterLayout, listHalfPrecision } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';

/** What rounding takes at the most, as a share of a weight. */
const roundingShares = { F16: '0.05 %', BF16: '0.4 %' };

/**
 * Refuses adapters of a model in half precision: they are added to its weights when they are written, and the sum is rounded, so
 * that another model would be released than was judged. Every other version is rounded before it is judged.
 *
 * @returns what a person should know of a model in half precision.
 * @throws Fault `invalid` naming the field of the plan.
 */
export function checkPrecision(
  { training }: Pick<PlanDraft, 'training'>,
  model: Pick<ClipDirectory, 'config' | 'naming' | 'weightFiles'>,
): string[] {
  const [half] = listHalfPrecision(model, createParameterLayout(model.config));
  if (half === undefined) return [];
  if (training.scope === 'adapters') {
    const description = `is adapters, and the model's weights are ${half.dtype}: an adapter is added to them when it is written, and the sum rounded, so that another model would be judged than released. Start from the model in F32, or take the scope full`;
    throw new Fault('invalid', 'the plan does not fit the model', {
      violations: [{ field: 'training.scope', description }],
    });
  }
  return [
    `the model's weights are ${half.dtype}: every version is rounded to it before it is measured and judged, as it will be written, and a weight that changes by less than ${roundingShares[half.dtype]} may stay as it was`,
  ];
}
