import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@holdfast/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

/** Pixels of a picture, 32 x 32, lit from the right by `light` levels. */
function drawWaves(light: number): Uint8Array {
  return Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 32, Math.floor(i / 96)];
    const waves = 80 * Math.sin(x / 3) * Math.cos(y / 5) + 40 * Math.cos((x * y) / 40);
    return 128 + waves + (light * x) / 32;
  });
}

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

  it('does not end well where there is nothing to inspect', async () => {
    await writeFile(at('empty.csv'), 'path,label\n');
    const { code, progress } = await call('empty.csv', '--fast');
    expect({ code, progress }).toMatchObject({
      code: 1,
      progress: expect.stringContaining('error: empty.csv names no image'),
    });
  });

  it('ends well where nothing is wrong, and opens no image if told so', async () => {
    await writeFile(at('images/road work/5.png'), 'no image');
    const { code, output } = await call('rows.csv', '--fast');
    expect(code).toBe(0);
    expect(output).toContain('Images were not read (--fast).');
    expect((await call('rows.csv')).output).toContain('1 that cannot be decoded');
  });

  it('takes near duplicates as near as asked for, and as accepted, but no other leak', async () => {
    // The same picture lit from the right: of the 64 bits of its hash two are others.
    for (const [name, light] of [
      ['a.png', 0],
      ['b.png', 16],
    ] as const) {
      await writeFile(at(name), encodePng(32, 32, drawWaves(light)));
    }
    const rows = ['path,label,split', 'a.png,waves,train', 'b.png,waves,test'];
    await writeFile(at('near.csv'), rows.join('\n'));
    const found = await call('near.csv');
    expect(found.code).toBe(1);
    expect(found.output).toContain('1 pairs of near duplicates');
    const accepted = await call('near.csv', '--allow-near');
    expect(accepted).toMatchObject({ code: 0, output: found.output });
    for (const [distance, leaks] of [
      [2, 1],
      [1, 0],
    ] as const) {
      const { code, output } = await call('near.csv', '--near-distance', `${distance}`, '--json');
      expect(code).toBe(leaks);
      expect(JSON.parse(output).near).toMatchObject({
        distanceMax: distance,
        leaks: { count: leaks },
      });
    }
    await copyFile(at('a.png'), at('copy.png'));
    await writeFile(at('near.csv'), [...rows, 'copy.png,waves,test'].join('\n'));
    expect((await call('near.csv', '--allow-near')).code).toBe(1);
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
    expect((await call('rows.csv', '--near', '0.9')).progress).toContain('name one with --model');
    expect((await call('rows.csv', '--near-distance', '7')).progress).toContain(
      'a whole number of at most 6',
    );
    const both = ['--near-distance', '2', '--model', modelPath];
    expect((await call('rows.csv', ...both)).progress).toContain(
      "option '--near-distance <bits>' cannot be used with option '--model <folder>'",
    );
  });
});
