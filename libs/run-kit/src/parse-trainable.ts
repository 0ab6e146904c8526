import { TrainableScope, type TrainableSettings } from '@holdfast/proto/holdfast/model/v1/model';
import type { ViolationCollector } from '@holdfast/service-kit';

/** What trains, checked. */
export interface ParsedTrainable {
  readonly scope: 'full' | 'adapters' | 'projections' | 'heads';
  /** Of the scope `adapters`. */
  readonly adapters?: { readonly rank: number; readonly scale: number; readonly seed: number };
}

const rankMax = 1024;
/** It becomes an attribute of the graphs, in float32. */
const scaleMax = 1e6;

const scopes: ReadonlyMap<TrainableScope, ParsedTrainable['scope']> = new Map([
  [TrainableScope.TRAINABLE_SCOPE_UNSPECIFIED, 'full'],
  [TrainableScope.TRAINABLE_SCOPE_FULL, 'full'],
  [TrainableScope.TRAINABLE_SCOPE_ADAPTERS, 'adapters'],
  [TrainableScope.TRAINABLE_SCOPE_PROJECTIONS, 'projections'],
  [TrainableScope.TRAINABLE_SCOPE_HEADS, 'heads'],
]);

/** Reads the field `trainable` of a request; what is wrong with it goes to `violations`. */
export function parseTrainable(
  message: TrainableSettings | undefined,
  { hasHeads, violations }: { hasHeads: boolean; violations: ViolationCollector },
): ParsedTrainable {
  const scope = scopes.get(message?.scope ?? TrainableScope.TRAINABLE_SCOPE_UNSPECIFIED);
  if (scope === undefined) {
    violations.add('trainable.scope', 'is not a scope');
    return { scope: 'full' };
  }
  if (scope === 'heads') {
    violations.require(hasHeads, 'trainable.scope', 'is HEADS, but the run has no heads');
  }
  const adapters = message?.adapters;
  const isPlaced = (scope === 'adapters') === (adapters !== undefined);
  violations.require(isPlaced, 'trainable.adapters', 'is of the scope ADAPTERS, which requires it');
  if (scope !== 'adapters' || adapters === undefined) return { scope };
  const { rank, scale, seed } = adapters;
  const isRank = rank >= 1 && rank <= rankMax;
  violations.require(isRank, 'trainable.adapters.rank', `is not in 1..${rankMax}`);
  const isScale = scale > 0 && scale <= scaleMax;
  violations.require(isScale, 'trainable.adapters.scale', `is ${scale}, not in (0, ${scaleMax}]`);
  return { scope, adapters: { rank, scale, seed } };
}
