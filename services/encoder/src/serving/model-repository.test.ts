import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findModels } from './model-repository.js';

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-models-')));
});
afterEach(() => rm(root, { recursive: true }));

async function write(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(root, name), { recursive: true });
    await writeFile(join(root, name, 'config.json'), '{}');
  }
}

it('finds models and versions in folders, and takes names as given', async () => {
  await write('all/sign', 'all/lane/1', 'all/lane/2', 'own');
  await mkdir(join(root, 'all/empty'));
  const own = join(root, 'own');
  const found = await findModels([join(root, 'all'), `a=${own}`, `b@7=${own}`, own], [root]);
  expect(
    found.map(({ model, version, path }) => [model, version, path.slice(root.length)]),
  ).toEqual([
    ['lane', '1', '/all/lane/1'],
    ['lane', '2', '/all/lane/2'],
    ['sign', '', '/all/sign'],
    ['a', '', '/own'],
    ['b', '7', '/own'],
    ['own', '', '/own'],
  ]);
});

it('refuses folders without models, odd names and what lies outside', async () => {
  await write('bad name', 'good');
  await mkdir(join(root, 'empty'));
  const find = (entry: string, roots = [root]) => findModels([entry], roots);
  await expect(find(join(root, 'empty'))).rejects.toThrow('no model lies in');
  await expect(find(join(root, 'none'))).rejects.toThrow('cannot read');
  await expect(find(root)).rejects.toThrow("'bad name' has other characters");
  await expect(find(`a=${join(root, 'good')}`, [join(root, 'empty')])).rejects.toThrow('outside');
});
