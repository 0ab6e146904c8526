import { BoundMethod, Weighting } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';

const methods: ReadonlyMap<BoundMethod, string> = new Map([
  [BoundMethod.BOUND_METHOD_TANGO, 'tango'],
  [BoundMethod.BOUND_METHOD_GAFFKE_SIGN_FLIP, 'gaffke+sign-flip'],
  [BoundMethod.BOUND_METHOD_ZERO_FLIP, 'zero-flip'],
]);

/** How bounds were found, as records and reports name it. */
export function nameMethod(method: BoundMethod): string {
  return methods.get(method) ?? 'unknown';
}

/** What counts alike in a mean, as records and reports name it. */
export function nameWeighting(weighting: Weighting): string {
  return weighting === Weighting.WEIGHTING_TASKS ? 'tasks' : 'images';
}
