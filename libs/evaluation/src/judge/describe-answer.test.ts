import { BoundMethod, GateResponse } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { expect, it } from 'vitest';
import { describeAnswer } from './describe-answer.js';

it('says of a loss that is not known that it is not, and not that it stayed', () => {
  const method = BoundMethod.BOUND_METHOD_TANGO;
  const known = { task: 'stop', lossChange: 0, method };
  const unknown = { task: 'yield', method };
  const gate = GateResponse.fromPartial({
    targets: [known],
    tasks: [{ comparison: unknown }],
  });
  expect(describeAnswer({ gate }, undefined)).toMatchObject({
    devSafetyLoss: null,
    target: [{ lossChange: 0 }],
    protected: [{ lossChange: null }],
  });
});
