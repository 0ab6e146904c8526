import { Fault } from '@holdfast/fault';
import { type MergeMethod, mergeMethodSchema, modelsMax } from '../merge-record.js';

/** The numbers of a merge. */
export interface MergeNumbers {
  readonly method: MergeMethod;
  /** One for each model. */
  readonly weights: readonly number[];
  readonly scale: number;
}

/** Beyond this factor of a change, weights are another model's. */
const factorMax = 10;

/**
 * Refuses numbers that no merge can be made with.
 *
 * @throws Fault `invalid` naming the number, and which are taken.
 */
export function checkNumbers({ method, weights, scale }: MergeNumbers): void {
  const refuse = (what: string) => {
    throw new Fault('invalid', what);
  };
  if (weights.length === 0 || weights.length > modelsMax) {
    refuse(`${weights.length} models are named: merge 1 to ${modelsMax} at once`);
  }
  const least = method.name === 'ties' ? Number.MIN_VALUE : -factorMax;
  const wrong = weights.find((weight) => !(weight >= least && weight <= factorMax));
  if (wrong !== undefined) {
    const range = method.name === 'ties' ? 'above 0 (ties elects by it) and' : `from -${factorMax}`;
    refuse(`the weight ${wrong}: write numbers ${range} up to ${factorMax}`);
  }
  if (weights.every((weight) => weight === 0)) refuse('every weight is 0, which merges nothing');
  if (!(scale >= 0 && scale <= factorMax)) {
    refuse(`scale ${scale}: write a number from 0 to ${factorMax}`);
  }
  const { success, error } = mergeMethodSchema.safeParse(method);
  if (success) return;
  const { path, message } = error.issues[0]!;
  refuse(`${path.join('.') || 'method'} of ${method.name}: ${message}`);
}
