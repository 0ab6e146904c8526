import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTermService } from '@holdfast/constraint';
import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { TermServiceDefinition } from '@holdfast/proto/holdfast/term/v1/term';
import { readOrigin, type StepResult } from '@holdfast/run-store';
import { createInProcessClient } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTest, hostTestOverGrpc, type TestHost, waitForEnd } from '../../test-support/host.js';
import { createSmallPlan, type SmallPlan } from '../../test-support/small-run.js';
import { submitPlan } from '../../test-support/submit-plan.js';

const terms = fileURLToPath(new URL('../../../../../examples/terms/', import.meta.url));
const jointContrast = join(terms, 'joint-contrast.ts');
const lossDifference = join(terms, 'loss-difference.mjs');
const guarded = 'speed limit 50';

let host: TestHost;
beforeAll(async () => {
  host = await hostTest();
});
afterAll(() => host.close());

/** A small plan that protects one class, some files beside it. */
async function createPlan(
  overrides: Record<string, object>,
  files: Readonly<Record<string, string>> = {},
) {
  const { folder, yaml } = await createSmallPlan(overrides);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return { folder, yaml: JSON.stringify({ ...JSON.parse(yaml), protected: [guarded] }) };
}

type Run = Awaited<ReturnType<typeof waitForEnd>>;

async function run(on: TestHost, plan: SmallPlan): Promise<Run> {
  const { runId } = await submitPlan(on, plan);
  return waitForEnd(on.controller, runId);
}

async function readSteps({ runPath, failure }: Run): Promise<StepResult[]> {
  expect(failure).toBeUndefined();
  const lines = (await readFile(join(runPath, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** A module of one function, written as its body. */
const writeModule = (body: string) =>
  `export default {\n  estimate(tf, { images, classes, reference, step }, options) {\n    ${body}\n  },\n};\n`;

/** As good as float32 has it, after a few steps. */
const expectClose = (a: number, b: number) =>
  expect(Math.abs(a - b)).toBeLessThan(1e-5 + 1e-3 * Math.abs(b));

describe('the built-in terms, written as modules', () => {
  const plain = { objective: { objectiveMovingAverage: 1 } };
  const own = {
    objective: { module: jointContrast },
    constraints: { modules: [{ module: lossDifference, name: 'mine', tasks: [guarded] }] },
  };

  it('train as the built-in terms do, in one process and over sockets, with the same bits', async () => {
    const expected = await readSteps(await run(host, await createPlan(plain)));
    const ended = await run(host, await createPlan(own));
    const steps = await readSteps(ended);
    expect(steps).toHaveLength(expected.length);
    steps.forEach((step, i) => {
      const other = expected[i]!;
      // Twice the same constraint, a half each.
      for (const key of ['objective', 'gradientNorm'] as const) expectClose(step[key], other[key]);
      const [task] = step.tasks;
      const [mine] = step.terms!;
      expect(mine).toMatchObject({ name: 'mine' });
      expectClose(mine!.value, task!.constraintEstimate);
      expectClose(mine!.batchValue!, task!.batchValue);
      expectClose(mine!.weight!, task!.weight);
      // Of the built-in constraint the candidate's share, of a module all of h: the reference's share is constant.
      const { weight, taskLoss, batchValue } = task!;
      expectClose(step.penalty, (weight * taskLoss + weight * batchValue) / 2);
    });
    expect(steps.some(({ terms: [mine] = [] }) => mine!.weight! > 0)).toBe(true);

    const remote = await hostTestOverGrpc();
    try {
      expect(await readSteps(await run(remote, await createPlan(own)))).toEqual(steps);
    } finally {
      await remote.close();
    }
  });

  it('are read as docs/extending.md shows one', async () => {
    const page = await readFile(join(terms, '../../docs/extending.md'), 'utf8');
    const focal = await readFile(join(terms, 'focal.mjs'), 'utf8');
    expect(page).toContain(`\`\`\`js\n${focal.slice(focal.indexOf('export default'))}\`\`\``);
  });

  it('are bound by the verdict, and shown where built-in constraints are', async () => {
    const { runPath, runId } = await run(host, await createPlan(own));
    const { modules: kept = [] } = await readOrigin(runPath);
    expect(kept.map(({ path }) => path)).toEqual([jointContrast, lossDifference]);
    expect((await readdir(join(runPath, 'modules'))).sort()).toEqual(
      kept.map(({ sha256 }) => `${sha256}.mjs`).sort(),
    );
    const verdict = JSON.parse(await readFile(join(runPath, 'verdict.json'), 'utf8'));
    expect(verdict.modules).toEqual([
      { kind: 'objective', name: 'joint-contrast.ts', sha256: kept[0]!.sha256 },
      { kind: 'constraint', name: 'mine', sha256: kept[1]!.sha256 },
    ]);
    const { steps } = await host.controller.listSteps({ runId });
    expect(steps[0]?.tasks.map(({ task }) => task)).toEqual([guarded, 'mine']);
    const report = await readFile(join(runPath, 'report.html'), 'utf8');
    expect(report).toContain('mine: constraint estimate by step');
    expect(report).toMatch(
      /mine, a constraint of your own, takes [\d.e+]+ ms .* on TensorFlow\.js/,
    );
    const journal = await readFile(join(runPath, 'journal.jsonl'), 'utf8');
    expect(journal).toMatch(/"modules":"TensorFlow\.js 4.*"modules computed there because":"/);
  });
});

describe('a module that is in trouble', () => {
  const withModule = (body: string, settings: object = {}) =>
    createPlan(
      { constraints: { modules: [{ module: './mine.mjs', ...settings }] } },
      { 'mine.mjs': writeModule(body) },
    );
  const value = 'images.sub(reference.images).square().mean().add(classes.mean().mul(0.01))';

  it('ends the run with one message where its value is not finite', async () => {
    const plan = await withModule(`return ${value}.mul(step === 2 ? NaN : 1);`);
    const { state, failure } = await run(host, plan);
    expect(state).toBe(RunState.RUN_STATE_FAILED);
    expect(failure?.message).toMatch(/^step 2: .*mine\.mjs.*(NaN|finite)/);
  });

  it('ends the run with one message where it takes more than its time', async () => {
    const plan = await withModule(`while (step === 2);\n    return ${value};`, {
      timeLimitSeconds: 5,
    });
    const { failure } = await run(host, plan);
    expect(failure?.message).toMatch(/^step 2: .*mine\.mjs.* 5 s/);
  });

  it('is refused with its line of the plan before anything long, and by a service that takes none', async () => {
    const plan = await withModule('return tf.scalar(1);');
    expect((await run(host, plan)).failure?.message).toMatch(
      /constraints\.modules\[0\]\.module: line 1: .*mine\.mjs/,
    );
    const closed = createTermService();
    const strict = await hostTest(() => ({
      terms: createInProcessClient(TermServiceDefinition, closed.implementation),
    }));
    try {
      const good = await withModule(`return ${value};`);
      expect((await run(strict, good)).failure?.message).toMatch(
        /this service takes no modules, so not 'mine\.mjs'.*--allow-modules true/,
      );
    } finally {
      await strict.close();
      await closed.close();
    }
  });

  it('is refused where nothing that trains can move it', async () => {
    const plan = await createPlan(
      {
        heads: { enabled: true },
        training: { scope: 'heads' },
        constraints: { modules: [{ module: 'mine.mjs' }] },
      },
      { 'mine.mjs': writeModule('return images.sub(reference.images).square().mean();') },
    );
    expect((await run(host, plan)).failure?.message).toMatch(
      /mine\.mjs depends on images alone, and under training\.scope: heads nothing/,
    );
  });

  it('is refused at submission where it cannot be read', async () => {
    const missing = await createPlan({ objective: { module: './gone.mjs' } });
    const blames = (field: string, description: RegExp) => ({
      kind: 'invalid',
      violations: [{ field, description: expect.stringMatching(description) }],
    });
    await expect(submitPlan(host, missing)).rejects.toMatchObject(
      blames('objective.module', /^line 1: there is no module .*gone\.mjs/),
    );
    await expect(submitPlan(host, await withModule('return (;'))).rejects.toMatchObject(
      blames('constraints.modules[0].module', /^line 1: .*mine\.mjs:3:\d+/),
    );
  });
});

it('goes on with the module that it began with, whatever became of its file', async () => {
  const write = async () =>
    createPlan(
      { constraints: { modules: [{ module: './mine.mjs', options: { weight: 2 } }] } },
      {
        'mine.mjs': writeModule(
          'return images.sub(reference.images).square().mean().mul(options.weight);',
        ),
      },
    );
  const whole = await readSteps(await run(host, await write()));
  const plan = await write();
  const { runId } = await submitPlan(host, plan);
  const stopped = await waitForEnd(host.controller, runId, ({ $case, value }) => {
    if ($case === 'stepApplied' && value.step === 1) void host.controller.cancelRun({ runId });
  });
  expect(stopped.state).toBe(RunState.RUN_STATE_CANCELLED);
  await writeFile(join(plan.folder, 'mine.mjs'), 'export default 1;');
  await host.controller.resumeRun({ runUri: stopped.runUri });
  expect(await readSteps(await waitForEnd(host.controller, runId))).toEqual(whole);
});
