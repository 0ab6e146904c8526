import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

describe('holdfast data inspect', () => {
  let folder: ExampleFolder;
  const at = (name: string) => join(folder.path, name);
  beforeEach(async () => {
    folder = await createExampleFolder(6);
    const rows = ['speed limit 80', 'no passing', 'road work'].flatMap((label) =>
      ['train', 'train', 'train', 'val', 'val', 'test'].map(
        (split, i) => `images/${label}/${i}.png,${label},${split},${i % 2 ? 'fog' : 'clear'}`,
      ),
    );
    await writeFile(at('rows.csv'), ['path,label,split,weather', ...rows].join('\n'));
  });
  afterEach(() => folder.remove());

  async function call(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(['data', 'inspect', ...argv], terminal);
    return { code, ...terminal.written };
  }

  it('counts, and says where images leak and which rows cannot be used', async () => {
    await copyFile(at('images/road work/5.png'), at('images/road work/0.png'));
    await rm(at('images/no passing/1.png'));
    const { code, output } = await call('rows.csv');
    expect(code).toBe(1);
    expect(output).toContain('rows.csv: 17 images of 3 classes in 17 groups.');
    expect(output).toContain('1 of 18 rows cannot be used: 1 without their file.');
    expect(output).toContain('1 exact copies');
    expect(output).toContain('weather: clear 9, fog 9');
    expect(output).toContain('  rows.csv:9: images/no passing/1.png: does not exist\n');
    expect(output).toContain(
      '  rows.csv:19: images/road work/5.png (road work, test) is an exact copy of rows.csv:14: images/road work/0.png (road work, train)\n',
    );
  });

  it('ends well where nothing is wrong, and opens no image if told so', async () => {
    await writeFile(at('images/road work/5.png'), 'no image');
    const { code, output } = await call('rows.csv', '--fast');
    expect(code).toBe(0);
    expect(output).toContain('Images were not read (--fast).');
    expect((await call('rows.csv')).output).toContain('1 that cannot be decoded');
  });

  it('compares by a model, and writes a page with the pictures, never over another file', async () => {
    await copyFile(at('images/road work/5.png'), at('images/road work/0.png'));
    const { output } = await call('rows.csv', '--model', modelPath, '--sheet', 'look.html');
    expect(output).toContain('pairs of near duplicates (by embedding)');
    const page = await readFile(at('look.html'), 'utf8');
    expect(page).toContain('Exact copies in two uses <small>1</small>');
    expect(
      page.match(/<img class="thumbnail" src="data:image\/png;base64,/g)!.length,
    ).toBeGreaterThan(20);
    const again = await call('rows.csv', '--sheet', 'look.html');
    expect(again.code).toBe(1);
    expect(again.progress).toContain(
      'error: look.html exists; remove it or name another with --sheet',
    );
  });

  it('refuses options that do not go together, and a model that is none', async () => {
    expect((await call('rows.csv', '--fast', '--model', modelPath)).progress).toContain(
      "option '--fast' cannot be used with option '--model <folder>'",
    );
    const { code, progress } = await call('rows.csv', '--model', 'images');
    expect(code).toBe(1);
    expect(progress).toContain(at('images'));
    expect((await call('no.csv')).progress).toContain('no.csv cannot be read (ENOENT)');
    expect((await call('s3://signs/rows.csv')).progress).toContain(
      's3://signs/rows.csv: data are read from files of this machine',
    );
    expect((await call('rows.csv', '--near', '2')).progress).toContain('a fraction from 0 to 1');
  });
});
