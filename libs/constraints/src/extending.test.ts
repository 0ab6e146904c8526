import '@holdfast/testing';
import { readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { createConstraintState } from './constraint-state.js';
import { estimateConstraints } from './estimate-constraints.js';
import type { PenaltyName } from './penalties.js';
import { createReferences, findReferences, recordReferences } from './references.js';
import { randomBatch, settings, tasks } from './test-support/random-constraint.js';
import { softplus } from './test-support/softplus.js';

// What the page says of the table of penalties.
vi.mock(import('./penalties.js'), async (importOriginal) => {
  const original = await importOriginal();
  const { softplus: added } = await import('./test-support/softplus.js');
  return { ...original, penalties: { ...original.penalties, softplus: added } };
});

describe('the penalty that docs/extending.md adds', () => {
  it('is the code of the page', async () => {
    const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
    const code = (await read('./test-support/softplus.ts')).replace(/^import .*\n\n/, '');
    expect(await read('../../../docs/extending.md')).toContain(`\`\`\`ts\n${code}\`\`\``);
  });

  it('is the slope of the value that it names', () => {
    const scale = { coefficient: 4, smoothingWidth: 0.2 };
    const value = (v: number) => 4 * 0.2 * Math.log1p(Math.exp(v / 0.2));
    for (const violation of [-0.5, -0.01, 0, 0.3]) {
      const slope = (value(violation + 1e-6) - value(violation - 1e-6)) / 2e-6;
      const weight = softplus.weigh({ violation, multiplier: 0 }, scale);
      expect(weight).toBeAllclose(slope, { rtol: 1e-8 });
    }
  });

  it('weighs the gradients of a step by its name', () => {
    const named = { ...settings, penalty: 'softplus' as PenaltyName };
    const references = createReferences(tasks, named);
    recordReferences(references, tasks, randomBatch(50));
    const batch = randomBatch(1);
    const { tasks: estimates } = estimateConstraints({
      tasks,
      settings: named,
      state: createConstraintState(tasks.length, named),
      step: 0,
      batch,
      references: findReferences(references, tasks, batch),
      temperatures: references.temperatures,
    });
    expect(estimates).toHaveLength(3);
    for (const { task, constraintEstimate, weight } of estimates) {
      const violation = constraintEstimate + tasks[task]!.requiredSlack;
      expect(weight).toBeAllclose(3 / (1 + Math.exp(-violation / 0.1)), { rtol: 1e-14 });
    }
  });
});
