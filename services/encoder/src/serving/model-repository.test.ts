import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromUri, toName, writeFileAtomic } from '@holdfast/artifacts';
import { hasS3Server, startS3Server } from '@holdfast/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
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

it.skipIf(!hasS3Server)('finds models and versions in an object store', async () => {
  const server = await startS3Server();
  try {
    for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
    await server.addBucket('models');
    const models = fromUri('s3://models/all');
    for (const name of ['sign', 'lane/1', 'lane/2'])
      await writeFileAtomic(join(models, name, 'config.json'), '{}');
    await rm(models, { recursive: true });
    const found = await findModels(['s3://models/all'], ['s3://models']);
    expect(found.map(({ model, version, path }) => [model, version, toName(path)])).toEqual([
      ['lane', '1', 's3://models/all/lane/1'],
      ['lane', '2', 's3://models/all/lane/2'],
      ['sign', '', 's3://models/all/sign'],
    ]);
    await expect(findModels(['s3://models/none'], ['s3://models'])).rejects.toThrow('cannot read');
  } finally {
    vi.unstubAllEnvs();
    await server.close();
  }
});
