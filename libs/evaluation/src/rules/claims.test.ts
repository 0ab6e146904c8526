import { planSchema } from '@holdfast/plan';
import { expect, it } from 'vitest';
import { gatherClaims } from './claims.js';

const readGate = (claims: object) =>
  planSchema.parse({ model: 'm', data: {}, target: { class: 'stop' }, gate: { claims } }).gate;

it("gathers the claims about several tasks; each is every task's own tolerance", () => {
  const gate = readGate({ each: 0.15, anyTwo: 0.1, anyTen: 0.05, together: 0.02 });
  expect(gatherClaims(gate, 20)).toEqual([
    { taskCount: 2, tolerance: 0.1 },
    { taskCount: 10, tolerance: 0.05 },
    { taskCount: 20, tolerance: 0.02 },
  ]);
});

it('keeps the stricter of two claims about the same tasks', () => {
  expect(gatherClaims(readGate({ anyThree: 0.1, together: 0.02 }), 3)).toEqual([
    { taskCount: 3, tolerance: 0.02 },
  ]);
});
