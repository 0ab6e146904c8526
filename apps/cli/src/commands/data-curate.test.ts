import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, modelPath } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

let folder: ExampleFolder;
const at = (name: string) => join(folder.path, name);
beforeAll(async () => {
  folder = await createExampleFolder(6);
});
afterAll(() => folder.remove());

async function call(...argv: string[]) {
  const terminal = createFakeTerminal({ cwd: folder.path });
  const code = await runCli(['data', ...argv], terminal);
  return { code, ...terminal.written };
}
const countPictures = async (name: string) =>
  (await readFile(at(name), 'utf8')).split('src="data:image/png;base64,').length - 1;

describe('holdfast data select', () => {
  it('writes the chosen rows, and a page with them', async () => {
    const rows = ['speed limit 80', 'no passing'].flatMap((label) =>
      Array.from({ length: 6 }, (_, i) => `images/${label}/${i}.png,${label}`),
    );
    await writeFile(at('pool.csv'), ['path,label', ...rows].join('\n'));
    const options = ['--model', modelPath, '--count', '2', '--by-class'];
    const files = ['--write', 'chosen.csv', '--sheet', 'chosen.html'];
    const { code, output, progress } = await call('select', 'pool.csv', ...options, ...files);
    expect(code, progress).toBe(0);
    expect(output).toContain('chosen.csv: 4 of 12 different images.');
    expect((await readFile(at('chosen.csv'), 'utf8')).trim().split('\n').length).toBe(5);
    expect(await countPictures('chosen.html')).toBe(4);
  });
});

describe('holdfast data mine', () => {
  it('mines pairs by keyword and model, and shows them', async () => {
    const rows = ['speed limit 80', 'no passing', 'road work'].flatMap((label) =>
      Array.from({ length: 6 }, (_, i) => `images/${label}/${i}.png,"photo ${i}, ${label}"`),
    );
    await writeFile(at('captions.csv'), ['filepath,title', ...rows].join('\n'));
    const options = ['--class', 'no passing', '--keywords', 'no passing', '--model', modelPath];
    const files = ['--write', 'mined.csv', '--sheet', 'mined.html'];
    const { code, output, progress } = await call('mine', 'captions.csv', ...options, ...files);
    expect(code, progress).toBe(0);
    expect(output).toContain('Of 6 images whose caption has a keyword');
    expect(await readFile(at('mined.csv'), 'utf8')).toContain(',not no passing,negative,');
    expect(await countPictures('mined.html')).toBeGreaterThan(0);
  });

  it('imports pairs of a CSV with slabel, and says what it needs else', async () => {
    await writeFile(at('reference.csv'), 'filepath,title,slabel\na.jpg,fog,1\nb.jpg,sun,0\n');
    const files = ['--class', 'foggy', '--write', 'pairs.csv'];
    const { output } = await call('mine', 'reference.csv', ...files);
    expect(output).toBe('pairs.csv: 1 pairs of "foggy", 1 negatives.\n');
    await writeFile(at('bare.csv'), 'filepath,title\na.jpg,fog\n');
    const bare = await call('mine', 'bare.csv', '--class', 'foggy', '--write', 'x.csv');
    expect(bare.progress).toContain('bare.csv has no column slabel to import: name --keywords');
    const blind = await call(
      'mine',
      'bare.csv',
      ...['--class', 'foggy', '--write', 'x.csv'],
      '--keywords',
      'fog',
    );
    expect(blind.progress).toContain('--model: captions are often wrong');
  });
});

describe('holdfast data augment-preview', () => {
  it('shows images as the model sees them, and what is drawn', async () => {
    const options = ['--images', '2', '--draws', '3', '--sheet', 'augmented.html'];
    const { code, output, progress } = await call('augment-preview', 'plan.yaml', ...options);
    expect(code, progress).toBe(0);
    expect(output).toBe('augmented.html: 6 images, 3 draws of each.\n');
    expect(await countPictures('augmented.html')).toBe(24);
  });

  it('shows the images of a class and those under each corruption that training is held to', async () => {
    const tasks = [
      'no passing',
      { class: 'road work', corruptions: ['fog', 'contrast'] },
      { class: 'no passing', corruptions: ['fog'], constrain: false },
    ];
    const plan = await readFile(at('plan.yaml'), 'utf8');
    await writeFile(at('corrupted.yaml'), `${plan}\nprotected: ${JSON.stringify(tasks)}\n`);
    const options = ['--images', '1', '--draws', '1', '--sheet', 'corrupted.html'];
    const { code, output, progress } = await call('augment-preview', 'corrupted.yaml', ...options);
    expect(code, progress).toBe(0);
    expect(output).toBe('corrupted.html: 5 images, 1 draws of each.\n');
    const page = await readFile(at('corrupted.html'), 'utf8');
    expect(page).toContain('road work (contrast 3)');
    expect(page).not.toContain('no passing (fog 3)');
  });

  it('shows synthetic images where a plan distils on such', async () => {
    const plan = await readFile(at('plan.yaml'), 'utf8');
    await writeFile(at('synthetic.yaml'), `${plan}\ndistillation: { unlabelled: {} }\n`);
    const options = ['--images', '2', '--draws', '1', '--sheet', 'synthetic.html'];
    const { code, output, progress } = await call('augment-preview', 'synthetic.yaml', ...options);
    expect(code, progress).toBe(0);
    // Six of the classes, as without, and eight.
    expect(output).toBe('synthetic.html: 14 images, 1 draws of each.\n');
    const page = await readFile(at('synthetic.html'), 'utf8');
    expect(page).toContain('synthetic images');
    expect(page).toMatch(/\(synthetic \d+\)/);
  });

  it('refuses more pictures than a page shows', async () => {
    const options = ['--draws', '1000', '--sheet', 'many.html'];
    const { code, progress } = await call('augment-preview', 'plan.yaml', ...options);
    expect(code).toBe(1);
    expect(progress).toContain('lower --images or --draws');
  });
});
