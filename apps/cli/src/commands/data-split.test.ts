import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

describe('holdfast data split', () => {
  let folder: ExampleFolder;
  const at = (name: string) => join(folder.path, name);
  beforeEach(async () => {
    folder = await createExampleFolder(12);
  });
  afterEach(() => folder.remove());

  async function call(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(argv, terminal);
    return { code, ...terminal.written };
  }

  it('divides a folder, and writes a manifest that plan check and data inspect take', async () => {
    await copyFile(at('images/road work/5.png'), at('images/road work/0.png'));
    const { code, output } = await call(
      'data',
      'split',
      'images',
      '--write',
      'split.csv',
      '--fast',
    );
    expect(code).toBe(0);
    expect(output).toMatch(/^images \/ groups +train +val +test\n/);
    expect(output).toContain('split.csv: set data.root: images and data.manifest: split.csv');
    expect(output).toContain('note: images were not opened');
    const leaking = await call('data', 'split', 'images', '--write', 'whole.csv');
    expect(leaking.output).toContain('exact copies joined 1 to others');
    const plan = await readFile(at('plan.yaml'), 'utf8');
    await writeFile(
      at('plan.yaml'),
      plan.replace('root: images', `root: images, manifest: ${at('whole.csv')}`),
    );
    expect(await call('plan', 'check', 'plan.yaml', '--fast')).toMatchObject({ code: 0 });
    expect((await call('data', 'inspect', 'whole.csv', '--root', 'images')).output).toContain(
      'No leaks between uses were found.',
    );
  });

  it('refuses to write over a file, and shares that are none', async () => {
    const taken = await call('data', 'split', 'images', '--write', 'plan.yaml', '--fast');
    expect(taken.code).toBe(1);
    expect(taken.progress).toContain(
      'error: plan.yaml exists; remove it or name another with --write',
    );
    const nowhere = await call('data', 'split', 'images', '--write', 'gone/a.csv', '--fast');
    expect(nowhere.progress).toContain(`error: --write: there is no folder ${at('gone')}: make it`);
    const share = await call('data', 'split', 'images', '--write', 'a.csv', '--val', '60');
    expect(share.progress).toContain('Write a fraction from 0 to 1');
  });
});
