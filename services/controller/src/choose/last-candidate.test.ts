import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeRunFolder, readRunJournal } from '@holdfast/run-store';
import { expect, it } from 'vitest';
import { hostTest, waitForEnd } from '../test-support/host.js';
import { createSmallPlan } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

it('is at the alpha that the plan releases where nothing was measured', async () => {
  const host = await hostTest();
  try {
    const plan = await createSmallPlan({
      training: { steps: 1, warmupSteps: 0 },
      selection: { alphas: [0.5] },
      gate: { tolerance: 1 },
    });
    const manifest = join(plan.folder, 'manifest.csv');
    const rows = (await readFile(manifest, 'utf8')).split('\n');
    await writeFile(manifest, rows.filter((row) => !row.endsWith(',steering')).join('\n'));
    const { runId, runPath } = await submitPlan(host, plan);
    const run = await waitForEnd(host.controller, runId);
    expect(run.failure).toBeUndefined();
    const journal = await readRunJournal(describeRunFolder(runPath));
    const judged = journal.filter(({ event }) => event === 'candidate.judged');
    expect(judged).toMatchObject([{ candidate: expect.stringContaining('alpha 0.5') }]);
  } finally {
    await host.close();
  }
});
