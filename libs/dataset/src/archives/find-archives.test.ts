import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { catchFault } from '@holdfast/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../test-support/test-data.js';
import type { ArchivePattern } from './archive-settings.js';
import { findArchives } from './find-archives.js';

let root: string;
beforeEach(async () => {
  root = await realpath(await makeFolder());
  const names = ['a-000.tar', 'a-001.tar', 'a-002.tar', 'b.parquet', 'in/c.tar', 'in/d/e.tar'];
  for (const name of [...names, '.hidden.tar', 'labels.csv']) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), name);
  }
});
const find = async (...patterns: (string | ArchivePattern)[]) => {
  const all = patterns.map((each) => (typeof each === 'string' ? { pattern: each } : each));
  return findArchives(all, root);
};
const names = async (...patterns: string[]) => (await find(...patterns)).map(({ name }) => name);
const fail = async (...patterns: (string | ArchivePattern)[]) =>
  (await catchFault(() => find(...patterns))).message;

describe('findArchives', () => {
  it('understands names, stars and braces, each archive once and in order', async () => {
    expect(await names('a-001.tar', './a-000.tar')).toEqual(['a-000.tar', 'a-001.tar']);
    expect(await names('a-{001..002}.tar')).toEqual(['a-001.tar', 'a-002.tar']);
    expect(await names('{b,a-00[12]}.*', '*.parquet')).toEqual([
      ...['a-001.tar', 'a-002.tar', 'b.parquet'],
    ]);
    expect(await names('*.tar')).toEqual(['a-000.tar', 'a-001.tar', 'a-002.tar']);
    expect(await names('in/*.tar')).toEqual(['in/c.tar']);
    expect(await names('in/**/*.tar')).toEqual(['in/c.tar', 'in/d/e.tar']);
  });

  it('keeps the split, and refuses two of one archive', async () => {
    const train = { pattern: 'a-*.tar', split: 'train' } as const;
    expect(await find(train, { pattern: 'b.parquet', split: 'test' })).toMatchObject([
      { name: 'a-000.tar', path: join(root, 'a-000.tar'), bytes: 9, split: 'train' },
      { split: 'train' },
      { split: 'train' },
      { name: 'b.parquet', split: 'test' },
    ]);
    expect(await fail(train, { pattern: 'a-001.tar', split: 'test' })).toMatch(
      /a-001.tar names a-001.tar, which is in train already/,
    );
  });

  it('refuses what is not there, is no archive, or stands for too much', async () => {
    const message = await fail('a-{001..004}.tar');
    expect(message).toMatch(/a-003.tar does not exist\n.*a-004.tar does not exist/);
    expect(await fail('x*.tar')).toMatch(/data.archives: x\*.tar is the name of no file there/);
    expect(await fail('x/*.tar')).toMatch(/the folder .*x cannot be read \(ENOENT\)/);
    expect(await fail('labels.csv')).toMatch(/labels.csv, which is no archive: expected .parquet/);
    expect(await fail('a.tar.gz')).toMatch(/no archive: .*not compressed/);
    expect(await fail('{0..99999999}.tar')).toMatch(/stands for more than 10000 names/);
    expect(await fail('a{0..9}{0..9}{0..9}.tar', 'b{0..9999}.tar')).toMatch(/names 11000, more/);
  });

  it('looks nowhere but in the root, links followed', async () => {
    for (const pattern of ['../*.tar', '/x.tar', 'a/../../b.tar', 's3://b/a.tar', 'C:/a.tar']) {
      expect(await fail(pattern)).toMatch(/must be a name from data.root/);
    }
    const outside = await makeFolder();
    await writeFile(join(outside, 'o.tar'), '');
    await symlink(join(outside, 'o.tar'), join(root, 'link.tar'));
    expect(await fail('link.tar')).toMatch(/link.tar lies outside/);
  });
});
