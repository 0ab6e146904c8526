import { type ClipDirectory, checkHeadShape } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';
import type { PlanDraft } from '@holdfast/plan';
import { countHeads } from '../classify/count-heads.js';

/**
 * Refuses to go on training a model's heads as those of other classes, or of another number or rank. Nothing is wrong where
 * the model has none, or the plan wants none.
 *
 * @param classes of the data, in order
 * @throws Fault `invalid` that names the classes that differ.
 */
export function checkHeads(
  plan: Pick<PlanDraft, 'heads'>,
  model: Pick<ClipDirectory, 'path' | 'heads'>,
  classes: readonly string[],
): void {
  const count = countHeads(plan, classes.length);
  if (count === 0) return;
  // One that negatives share is no class's.
  const names = model.heads?.names?.slice(0, model.heads.count - (count - classes.length));
  const isSame =
    names?.length === classes.length && classes.every((label, i) => names[i] === label);
  if (names !== undefined && !isSame) {
    const missing = names.filter((name) => !classes.includes(name));
    const added = classes.filter((label) => !names.includes(label));
    const parts = [
      ...(missing.length > 0 ? [`the data lack ${missing.join(', ')}`] : []),
      ...(added.length > 0 ? [`${added.join(', ')} has no head`] : []),
    ];
    throw new Fault(
      'invalid',
      `${model.path} has a head for each class that it was trained with, and the classes are others now: ${parts.join('; ') || 'their order differs'}. Keep the classes, or start from a model without heads`,
    );
  }
  checkHeadShape(model, { count, rank: plan.heads.rank });
}
