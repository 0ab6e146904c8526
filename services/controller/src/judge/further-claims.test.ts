import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256File } from '@holdfast/artifacts';
import { runSchemas } from '@holdfast/run-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTest, type TestHost, waitForEnd } from '../test-support/host.js';
import { createSmallPlan, examplePath } from '../test-support/small-run.js';
import { submitPlan } from '../test-support/submit-plan.js';

/** Another model of the same signs than the example's. */
const otherModel = fileURLToPath(
  new URL('../../../../libs/testing/golden/gtsrb-speed80', import.meta.url),
);

describe('a run that watches more than its tasks', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await hostTest();
  });
  afterAll(() => host.close());

  /** One step of training, whose candidate goes to the gate whatever steering data say. */
  async function runWith(drift: object, overrides: Record<string, object> = {}) {
    const plan = await createSmallPlan({
      training: { steps: 1, warmupSteps: 0, learningRate: 0.01 },
      selection: { everySteps: 1, margin: -1, alphas: [1] },
      gate: { tolerance: 1, ...overrides['gate'] },
    });
    const { folder } = plan;
    const images = join(examplePath, 'images/test/road-work');
    await mkdir(join(folder, 'pool'));
    for (const name of (await readdir(images)).sort().slice(0, 30)) {
      await cp(join(images, name), join(folder, 'pool', name));
    }
    await writeFile(join(folder, 'texts.txt'), 'a road work sign.\na stop sign.\na frog.\n');
    const yaml = JSON.stringify({
      ...JSON.parse(plan.yaml),
      drift: { texts: 'texts.txt', images: 'pool', ...drift },
    });
    const { runId, runPath } = await submitPlan(host, { folder, yaml });
    const run = await waitForEnd(host.controller, runId);
    expect(run.failure).toBeUndefined();
    const verdict = JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));
    expect(runSchemas['verdict.json'].parse(verdict)).toEqual(verdict);
    return {
      verdict,
      report: await readFile(join(runPath, 'report.html'), 'utf8'),
    };
  }

  it('reports changed answers, which decide nothing without a claim', async () => {
    const { verdict, report } = await runWith({});
    expect(verdict.outcome).toBe('RETAINED');
    expect(verdict.drift).toMatchObject({ images: 30, groups: 30, texts: 3 });
    // A step of this rate moves many answers: with none there would be nothing to see here.
    expect(verdict.drift.changed).toBeGreaterThan(0);
    expect(report).toContain('30 unlabelled images</a> were watched');
    expect(report).toContain('<section id="drift"');
  });

  it('is not released where more answers change than it claims', async () => {
    const { verdict } = await runWith({ tolerance: 0 });
    expect(verdict.outcome).not.toBe('RETAINED');
    expect(verdict.reason).toMatch(/unlabelled images .* are answered otherwise/);
    expect(verdict.drift.claim).toEqual({ tolerance: 0, verdict: verdict.outcome });
  });

  it('is judged against the first released model, too', async () => {
    const gate = { firstModel: otherModel };
    const { verdict, report } = await runWith({}, { gate });
    expect(verdict.first).toMatchObject({
      sha256: await sha256File(join(otherModel, 'model.safetensors')),
      outcome: 'RETAINED',
    });
    const tasks = ({ protected: tasks }: { protected: { task: string }[] }) =>
      tasks.map(({ task }) => task);
    expect(tasks(verdict.first)).toEqual(tasks(verdict));
    expect(report).toContain('Against the first released model');
    const same = await runWith({}, { gate: { firstModel: join(examplePath, 'model') } });
    expect(same.verdict.first).toBeNull();
  });
});
