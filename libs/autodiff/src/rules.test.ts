import '@holdfast/testing';
import type { Op } from '@holdfast/onnx-graph';
import { createGraphBuilder } from '@holdfast/onnx-graph';
import { describe, expect, it } from 'vitest';
import { rules } from './rules.js';
import { createBlock } from './test-support/create-block.js';
import { measureGradients } from './test-support/measure-gradients.js';
import { operatorCases } from './test-support/operator-cases.js';

// Central differences in float64 with a step of 1e-5 are good to about 1e-10 of values near 1.
const tolerance = { rtol: 1e-7, atol: 1e-8 };

describe.each(operatorCases)('the gradient of $name', ({ make, ...options }) => {
  it('equals central differences', () => {
    for (const { byRules, byDifferences } of measureGradients(make, options)) {
      expect(byRules).toBeAllclose(byDifferences, tolerance);
    }
  });

  it('is added to an accumulator', () => {
    for (const { byRules, byDifferences } of measureGradients(make, {
      ...options,
      accumulate: true,
    })) {
      expect(byRules).toBeAllclose(byDifferences, tolerance);
    }
  });
});

describe('the gradient of a transformer block', () => {
  it.each(['quickGelu', 'gelu'] as const)('equals central differences with %s', (activation) => {
    const sizes = { batch: 2, tokens: 3, heads: 2, headWidth: 2, mlpWidth: 5, isCausal: true };
    const gradients = measureGradients((builder) => {
      const { y, wrt } = createBlock(builder, { ...sizes, activation });
      return { results: [y], wrt };
    });
    expect(gradients).toHaveLength(17);
    for (const { byRules, byDifferences } of gradients) {
      expect(byRules).toBeAllclose(byDifferences, tolerance);
    }
  });
});

describe('the operator cases', () => {
  it('cover every operator', () => {
    const covered = new Set<Op>();
    for (const { make } of operatorCases) {
      const builder = createGraphBuilder('case');
      make(builder);
      for (const { op } of builder.nodes) covered.add(op);
    }
    expect([...covered].sort()).toEqual(Object.keys(rules).sort());
  });
});
