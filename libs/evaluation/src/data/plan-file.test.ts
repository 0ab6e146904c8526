import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRunFolder, writeOrigin } from '@holdfast/run-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlanFile } from './plan-file.js';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'holdfast-plan-file-'));
  const plan = {
    model: 'model',
    data: { root: '.', manifest: 'data.csv' },
    target: { class: 'cat' },
    prompts: { templates: ['{}'] },
    gate: { tolerance: 0.1 },
  };
  await mkdir(join(cwd, 'run'));
  await writeFile(join(cwd, 'run', 'plan.yaml'), JSON.stringify(plan));
});
afterEach(() => rm(cwd, { recursive: true }));

const open = (name: string) => openPlanFile(name, { cwd, command: 'holdfast' });

describe('openPlanFile', () => {
  it("starts paths from the plan's folder, or from where its run was started", async () => {
    expect(await open('run/plan.yaml')).toMatchObject({ basePath: join(cwd, 'run') });
    const origin = { runId: 'a', planName: 'plan.yaml', basePath: join(cwd, 'plans') };
    await writeOrigin(describeRunFolder(join(cwd, 'run')), origin);
    expect(await open('run/plan.yaml')).toMatchObject({ basePath: join(cwd, 'plans') });
  });

  it("takes another program's origin.json for no run's", async () => {
    await writeFile(join(cwd, 'run', 'origin.json'), '{}');
    expect(await open('run/plan.yaml')).toMatchObject({ basePath: join(cwd, 'run') });
  });

  it('does not guess where paths start when the origin cannot be read', async () => {
    await mkdir(join(cwd, 'run', 'origin.json'));
    await expect(open('run/plan.yaml')).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('run/origin.json cannot be read (EISDIR)'),
    });
  });

  it.each(['gone.yaml', 'run/plan.yaml/plan.yaml'])('says that %s is not there', async (name) => {
    await expect(open(name)).rejects.toMatchObject({
      kind: 'not-found',
      message: `${name}: no such plan; \`holdfast init\` writes one`,
    });
  });

  it('tells a plan that cannot be reached from one that is not there', async () => {
    // A folder that may not be entered stops no superuser; a link to itself does.
    await symlink('loop', join(cwd, 'loop'));
    await expect(open('loop/plan.yaml')).rejects.toMatchObject({
      kind: 'precondition',
      message: 'loop/plan.yaml cannot be read (ELOOP)',
    });
  });
});
