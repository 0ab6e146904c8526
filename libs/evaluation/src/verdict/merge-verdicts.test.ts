import { GateResponse, Verdict } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { describe, expect, it } from 'vitest';
import { mergeVerdicts } from './merge-verdicts.js';

describe('mergeVerdicts', () => {
  const { VERDICT_RETAINED, VERDICT_UNDECIDED, VERDICT_REGRESSED } = Verdict;
  const gate = (verdict: Verdict) => GateResponse.fromPartial({ verdict, reason: 'the gate.' });
  const claim = (verdict: Verdict) => ({ verdict, reason: 'the claim.' });

  it.each([
    [VERDICT_RETAINED, VERDICT_RETAINED, VERDICT_RETAINED, 'the gate.'],
    [VERDICT_RETAINED, VERDICT_REGRESSED, VERDICT_REGRESSED, 'Not released: the claim.'],
    [
      VERDICT_RETAINED,
      VERDICT_UNDECIDED,
      VERDICT_UNDECIDED,
      'Not released, for want of evidence: the claim.',
    ],
    [VERDICT_REGRESSED, VERDICT_UNDECIDED, VERDICT_REGRESSED, 'the gate.'],
    [VERDICT_UNDECIDED, VERDICT_REGRESSED, VERDICT_REGRESSED, 'Not released: the claim.'],
  ])('gives the worst of %i and %i, and its reason', (first, second, verdict, reason) => {
    expect(mergeVerdicts(gate(first), [claim(second)])).toMatchObject({ verdict, reason });
  });
});
