import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openClipDirectory } from '@holdfast/clip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { writeNoisyModel } from '../test-support/noisy-model.js';
import { createSignsFolder } from '../test-support/signs.js';
import { startProgram } from '../test-support/start-program.js';

describe('holdfast merge', () => {
  let folder: ExampleFolder;
  beforeAll(async () => {
    folder = await createSignsFolder();
    for (const [name, seed] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      await writeNoisyModel({ model: modelPath, size: 1e-3, seed }, join(folder.path, name));
    }
  });
  afterAll(() => folder.remove());

  async function run(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(argv, terminal);
    return { code, ...terminal.written };
  }
  const merge = (...argv: string[]) => run('merge', ...argv, '--base', modelPath);

  it('writes a model that the gate judges, and says so', async () => {
    const argv = ['one', 'two', '--weights', '0.7,-0.2', '--output', 'merged'];
    const { code, output } = await merge(...argv);
    expect(code).toBe(0);
    const { sha256 } = await openClipDirectory(join(folder.path, 'merged'));
    expect(output).toBe(`merged: ${modelPath} with the changes of 2 models, linear, scale 1
  one  weight 0.7
  two  weight -0.2
weights  sha256 ${sha256}
Nothing has judged it. Next: holdfast gate ${modelPath} merged --tasks <plan>
`);
    const gate = ['gate', modelPath, 'merged', '--tasks', 'plan.yaml', '--json'];
    const judged = await startProgram(folder.path, gate).finished;
    expect(judged.code, judged.stderr).toBe(0);
    expect(JSON.parse(judged.stdout)).toMatchObject({
      outcome: 'RETAINED',
      candidate: { sha256 },
    });
  });

  it.each([
    [['--method', 'ties'], { name: 'ties', density: 0.2 }],
    [['--method', 'dare', '--seed', '7'], { name: 'dare', density: 0.1, seed: 7 }],
    [['--method', 'lines', '--alpha', '0.25'], { name: 'lines', alpha: 0.25, beta: 0.75 }],
  ])('%j prints what merge.json says', async (options, method) => {
    const target = `merged-${method.name}`;
    const argv = ['one', 'two', '--scale', '0.5', '--output', target, '--json', ...options];
    const { code, output } = await merge(...argv);
    expect(code).toBe(0);
    const record = JSON.parse(output);
    expect(record).toMatchObject({ schema: 'holdfast.merge/1', method, scale: 0.5 });
    expect(record.models).toMatchObject([
      { path: 'one', weight: 0.5 },
      { path: 'two', weight: 0.5 },
    ]);
    const written = await readFile(join(folder.path, target, 'merge.json'), 'utf8');
    expect(JSON.parse(written)).toEqual(record);
  });

  it.each([
    [['one', '--output', 'two'], 'two exists; name a folder that does not'],
    [['one', '--output', 'x', '--weights', '1,2'], '--weights: 2 for 1 models'],
    [['one', '--output', 'x', '--weights', '1,b'], 'Write numbers with commas between them'],
    [['one', '--output', 'x', '--density', '0.5'], '--density is about ties or dare, not linear'],
    [['one', '--output', 'x', '--method', 'ties', '--seed', '1'], '--seed is about dare, not ties'],
    [['one', '--output', 'x', '--method', 'ties', '--density', '0'], 'density of ties'],
    [['one', '--output', 'x', '--method', 'slerp'], 'Allowed choices are linear, ties'],
    [['none', '--output', 'x'], 'none cannot be read (ENOENT)'],
  ])('refuses %j', async (argv, message) => {
    const { code, progress } = await merge(...argv);
    expect(code).toBe(1);
    expect(progress).toContain(message);
    await expect(readFile(join(folder.path, 'x', 'config.json'))).rejects.toThrow('ENOENT');
  });
});
