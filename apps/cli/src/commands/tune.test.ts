import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

describe('holdfast tune', () => {
  let folder: ExampleFolder;
  beforeEach(async () => {
    folder = await createExampleFolder();
  });
  afterEach(() => folder.remove());

  async function run(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(['tune', 'plan.yaml', ...argv], terminal);
    return { code, ...terminal.written };
  }

  it('prints its budget first, writes the plan with the best trial, and never writes over one', async () => {
    const { code, output, progress } = await run('--budget', '360');
    expect({ code, progress }).toMatchObject({
      code: 0,
      progress: expect.not.stringContaining('error'),
    });
    expect(output).toMatch(
      /^9 trials of 20 steps, then 3 trials of 60 steps: 360 steps in all; a run of this plan takes 4\n/,
    );
    expect(output.match(/^ *(20|60) .*[+-]\d/gm)).toHaveLength(12);
    const [, rate] = /plan\.tuned\.yaml: learning rate (\S+), shift/.exec(output)!;
    const text = await readFile(join(folder.path, 'plan.tuned.yaml'), 'utf8');
    expect(text).toContain(`learningRate: ${rate}`);
    const again = await run('--budget', '360');
    expect(again.code).toBe(1);
    expect(again.progress).toContain('plan.tuned.yaml exists; remove it or name another');
  }, 120_000);

  it('refuses to write where the plan’s paths mean something else, before it trains', async () => {
    const { code, progress } = await run('--output', 'images/tuned.yaml');
    expect(code).toBe(1);
    expect(progress).toContain('--output: the plan');
    expect(progress).toContain('name a file in that folder');
  });

  it('refuses a budget of trials that say nothing before it trains', async () => {
    const { code, progress } = await run('--budget', '10');
    expect(code).toBe(1);
    expect(progress).toContain('--budget: 10 steps are too few; give 360 or more');
  });
});
