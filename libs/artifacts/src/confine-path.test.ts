import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { confinePath } from './confine-path.js';

describe('confinePath', () => {
  let base: string;
  let root: string;
  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-confine-')));
    root = join(base, 'root');
    await mkdir(join(root, 'models'), { recursive: true });
    await mkdir(join(base, 'root-sibling'));
    await writeFile(join(base, 'secret'), '');
    await symlink(join(base, 'secret'), join(root, 'link'));
    await symlink(base, join(root, 'up'));
    await symlink(join(root, 'models'), join(root, 'inner'));
    await symlink(join(base, 'not-yet'), join(root, 'dangling'));
  });
  afterAll(() => rm(base, { recursive: true }));

  it('gives the real path of what lies inside, existing or not', async () => {
    expect(await confinePath('models', [root])).toBe(join(root, 'models'));
    expect(await confinePath(root, [root])).toBe(root);
    expect(await confinePath(join(root, 'inner'), [root])).toBe(join(root, 'models'));
    expect(await confinePath('runs/new/one', [root])).toBe(join(root, 'runs/new/one'));
    expect(await confinePath('inner/new', [root])).toBe(join(root, 'models/new'));
    expect(await confinePath('..dots', [root])).toBe(join(root, '..dots'));
    const sibling = join(base, 'root-sibling');
    expect(await confinePath(sibling, [root, sibling])).toBe(sibling);
  });

  it('gives objects to prefixes, and not to a folder in which their copies happen to lie', async () => {
    vi.stubEnv('HOLDFAST_S3_CACHE', join(root, 's3'));
    try {
      const copy = join(root, 's3/models/clip/config.json');
      const uri = 's3://models/clip/config.json';
      for (const place of ['s3://models', 's3://models/clip', '/']) {
        expect(await confinePath(uri, [place])).toBe(copy);
        expect(await confinePath(copy, [place])).toBe(copy);
      }
      for (const place of [root, join(root, 's3'), 's3://model', 's3://models/other']) {
        await expect(confinePath(uri, [place])).rejects.toThrow(`${uri} lies outside`);
        await expect(confinePath(copy, [place])).rejects.toThrow(`${uri} lies outside`);
      }
    } finally {
      vi.unstubAllEnvs();
      await rm(join(root, 's3'), { recursive: true });
    }
  });

  it.each(['../secret', 'link', 'up/secret', 'up/new', '../root-sibling', '/', 'models/../../x'])(
    'refuses %s, which leads outside',
    async (path) => {
      await expect(confinePath(path, [root])).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('lies outside'),
      });
    },
  );

  it.each(['dangling', 'dangling/new'])(
    'refuses %s: what is made there would lie where the link leads',
    async (path) => {
      await expect(confinePath(path, [root])).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('is a link'),
      });
    },
  );

  it('refuses what is no path, and everything without roots', async () => {
    await expect(confinePath('a\0b', [root])).rejects.toMatchObject({ kind: 'invalid' });
    await expect(confinePath(join(base, 'secret/x'), [base])).rejects.toMatchObject({
      kind: 'invalid',
    });
    await expect(confinePath(root, [])).rejects.toMatchObject({ kind: 'invalid' });
  });
});
