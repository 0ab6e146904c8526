import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

describe('holdfast data check', () => {
  let folder: ExampleFolder;
  const at = (name: string) => join(folder.path, name);
  beforeEach(async () => {
    folder = await createExampleFolder(6);
    const rows = ['speed limit 80', 'no passing', 'road work'].flatMap((label) =>
      ['train', 'train', 'val', 'val', 'val', 'test'].map(
        (split, i) => `${label}/${i}.png,${label},${split}`,
      ),
    );
    await writeFile(at('rows.csv'), ['path,label,split', ...rows].join('\n'));
    const plan = await readFile(at('plan.yaml'), 'utf8');
    const named = plan.replace('root: images', 'root: images, manifest: rows.csv');
    await writeFile(at('plan.yaml'), named);
  });
  afterEach(() => folder.remove());

  async function call(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(argv, terminal);
    return { code, ...terminal.written };
  }
  const leak = () => copyFile(at('images/road work/5.png'), at('images/road work/0.png'));

  it('finds nothing in sound data', async () => {
    const { code, output } = await call('data', 'check', 'plan.yaml');
    expect(code).toBe(0);
    expect(output).toMatch(/^plan\.yaml: no copies and no leaks among 18 images\.\nnote: /);
  });

  it('lists leaks, and writes a manifest that the plan can be checked with', async () => {
    await leak();
    const refused = await call('plan', 'check', 'plan.yaml');
    expect(refused.code).toBe(1);
    expect(refused.progress).toContain('have the command "data check --write" write a manifest');
    const found = await call('data', 'check', 'plan.yaml');
    expect(found.code).toBe(1);
    expect(found.output).toContain(
      'plan.yaml: of 18 images, 1 leak into another use or contradict a copy, and 0 repeat one of their own use.\n' +
        '  rows.csv:14: road work/0.png: it is an exact copy of road work/5.png (rows.csv:19), which is in test; train gives it up\n',
    );
    expect(found.output).toContain('data check plan.yaml --write FILE.csv');
    const written = await call('data', 'check', 'plan.yaml', '--write', 'clean.csv');
    expect(written.code).toBe(0);
    expect(written.output).toContain(
      'clean.csv: 17 images. Set data.manifest: clean.csv in plan.yaml.',
    );
    const plan = await readFile(at('plan.yaml'), 'utf8');
    await writeFile(at('plan.yaml'), plan.replace('rows.csv', 'clean.csv'));
    expect((await call('data', 'check', 'plan.yaml')).code).toBe(0);
    expect((await call('plan', 'check', 'plan.yaml')).code).toBe(0);
  });

  it('never writes over a file, and names the folder that it cannot write in', async () => {
    await leak();
    const exists = await call('data', 'check', 'plan.yaml', '--write', 'rows.csv');
    expect(exists.code).toBe(1);
    expect(exists.progress).toContain(
      'error: rows.csv exists; remove it or name another with --write\n',
    );
    const missing = await call('data', 'check', 'plan.yaml', '--write', 'no/clean.csv');
    expect(missing.progress).toContain(`--write: there is no folder ${at('no')}: make it`);
  });
});
