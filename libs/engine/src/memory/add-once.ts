import { Fault } from '@holdfast/fault';
import type { ArrayName } from './array-name.js';
import { addArray } from './array-operations.js';
import type { ParameterStore } from './parameter-store.js';
import { requireVersion } from './require-version.js';

/** One of several arrays that are added up in `to`, in float32. */
export interface ArrayAddition {
  readonly from: ArrayName;
  readonly to: ArrayName;
  /** What `to` stands for, before and after. */
  readonly version: number;
  /** Which addition it is since `to` was written, from 1. */
  readonly addition: number;
}

/**
 * to <- to + from; the last addition again changes nothing, so that whoever does not know whether it was
 * done may repeat it.
 *
 * @throws Fault `out-of-step` for another version of `to`, `precondition` for another addition than the next.
 */
export function addOnce(
  store: ParameterStore,
  { from, to, version, addition }: ArrayAddition,
): void {
  requireVersion(store, to, version);
  const done = store.additions(to);
  if (addition > 0 && addition === done) return;
  if (addition !== done + 1) {
    throw new Fault(
      'precondition',
      `${done} arrays were added to ${to} since it was written: addition ${done + 1} is next, not ${addition}`,
    );
  }
  addArray(store, { from, to, factor: 1 });
  store.setVersion(to, version);
  store.countAddition(to, addition);
}
