import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catchFault, packTar } from '@holdfast/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { checkData } from '../check-data.js';
import { loadDataset } from '../load-dataset.js';
import type { LoadSettings } from '../load-settings.js';
import { makeFolder, writeFiles } from '../test-support/test-data.js';
import type { ArchiveSettings } from './archive-settings.js';

const split = { steering: 0.2, validation: 0.3, seed: 0 };
const labels = ['go', 'stop'];

/** Ten samples of each label with contents of their own; `more` is written beside each. */
function createSamples(
  prefix = '',
  more: (label: string, i: number) => Record<string, string> = () => ({}),
): Record<string, string> {
  const files: Record<string, string> = {};
  for (const label of labels) {
    for (let i = 0; i < 10; i += 1) {
      const key = `${label}/${i}`;
      files[`${key}.png`] = `content of ${prefix}${key}`;
      files[`${key}.cls`] = label;
      for (const [ending, text] of Object.entries(more(label, i))) files[`${key}.${ending}`] = text;
    }
  }
  return files;
}

beforeEach(async () => {
  vi.stubEnv('XDG_CACHE_HOME', await makeFolder());
  return () => vi.unstubAllEnvs();
});

const load = (
  root: string,
  archives: Partial<ArchiveSettings>,
  changes: Partial<LoadSettings> = {},
) =>
  loadDataset({
    root,
    split,
    targetClasses: ['stop'],
    archives: { patterns: [{ pattern: '*.tar' }], columns: {}, ...archives },
    ...changes,
  });
const fail = async (...args: Parameters<typeof load>) =>
  (await catchFault(() => load(...args))).message;
const writeTars = (tars: Record<string, Record<string, string | Uint8Array>>) =>
  writeFiles(
    Object.fromEntries(Object.entries(tars).map(([name, files]) => [name, packTar(files)])),
  );

describe('loadDataset of archives', () => {
  it('gives the images, hashes, labels, groups and roles of a folder of the same images', async () => {
    const files = createSamples();
    const images = Object.entries(files).filter(([name]) => name.endsWith('.png'));
    const folder = await writeFiles(Object.fromEntries(images));
    const there = await loadDataset({ root: folder, split, targetClasses: ['stop'] });
    const here = await load(await writeTars({ 'a.tar': files }), {});
    const describeSamples = ({ samples }: typeof here, prefix: string) =>
      samples.map(({ index, sha256, label, roles, group, relativePath }) => {
        const name = relativePath.slice(prefix.length);
        return { index, sha256, label, roles, name, group: group.slice(prefix.length) };
      });
    expect(describeSamples(here, 'a.tar/')).toEqual(describeSamples(there, ''));
    expect(here.notes).toEqual(there.notes);
  });

  it('deals groups, and keeps copies in two archives together', async () => {
    const a = createSamples('', (_, i) => ({ drive: `d${Math.floor(i / 2)}` }));
    const root = await writeTars({ 'a.tar': a, 'b.tar': createSamples() });
    const { samples, notes } = await load(root, { columns: { group: 'drive' } });
    const uses = new Map<string, Set<string>>();
    for (const { sha256, roles } of samples) {
      const use = roles.includes('steering') || roles.includes('validation') ? roles[0]! : 'train';
      uses.set(sha256, (uses.get(sha256) ?? new Set()).add(use));
    }
    expect(samples).toHaveLength(40);
    expect([...uses.values()].every((found) => found.size === 1)).toBe(true);
    // Ten images of each drive: two of each label, and the copies of those.
    expect(new Set(samples.map(({ group }) => group)).size).toBe(5);
    expect(notes[0]).toMatch(/^20 of 40 rows name no group/);
  });

  it('takes the split of archives by what the plan says, or by a column', async () => {
    const root = await writeTars({
      'train.tar': createSamples('train '),
      'val.tar': createSamples('val '),
      'test.tar': createSamples('test '),
    });
    const names = ['train', 'val', 'test'] as const;
    const patterns = names.map((name) => ({ pattern: `${name}.tar`, split: name }));
    const { samples } = await load(root, { patterns });
    for (const { relativePath, roles } of samples) {
      const [archive] = relativePath.split('/');
      expect(roles.includes('test')).toBe(archive === 'test.tar');
      expect(roles.includes('target') || roles.includes('protected')).toBe(archive === 'train.tar');
    }
    const words = ['train', 'train', 'val', 'val', 'test'];
    const more = (_: string, i: number) => ({ json: JSON.stringify({ fold: words[i % 5] }) });
    const other = await writeTars({ 'a.tar': createSamples('', more) });
    const loaded = await load(other, { columns: { split: 'fold' } });
    expect(loaded.notes[0]).toMatch(/8 images train, 8 are val, 4 are test/);
  });

  it('takes labels and roles from a manifest that names images by archive and name', async () => {
    const root = await writeTars({ 'a.tar': createSamples() });
    const paths = labels.flatMap((label) => [0, 1, 2, 3].map((i) => `a.tar/${label}/${i}.png`));
    const uses = ['target', 'steering', 'validation', 'test'];
    const rows = paths.map((path, i) => {
      const use = i < 4 && uses[i % 4] === 'target' ? 'protected' : uses[i % 4];
      return `${path},${i < 4 ? 'walk' : 'stop'},g${i},${use}`;
    });
    await writeFile(join(root, 'm.csv'), `path,label,group,role\n${rows.join('\n')}\n`);
    const { samples, classes } = await load(root, {}, { manifest: 'm.csv' });
    expect(classes).toEqual(['stop', 'walk']);
    expect(samples.map(({ group }) => group)).toEqual(paths.map((_, i) => `g${i}`));
    await writeFile(join(root, 'm.csv'), 'path,label\na.tar/x.png,stop\na.tar/go/1.png,go\n');
    expect(await fail(root, {}, { manifest: 'm.csv' })).toMatch(
      /m.csv:2: a.tar\/x.png is no image of the archives/,
    );
  });

  it('refuses images without labels, and columns that no image has', async () => {
    const { 'go/3.cls': _, ...files } = createSamples('', () => ({ txt: 'a photo' }));
    const root = await writeTars({ 'a.tar': files, 'b.tar': { 'c.png': 'c', 'c.txt': 'a cat' } });
    const message = await fail(root, { columns: { group: 'drive' } });
    expect(message).toMatch(/a.tar\/go\/3.png: has no label/);
    expect(message).toMatch(
      /b.tar: has no label or cls with a label, and has txt: name one in data.columns.label/,
    );
    expect(message).toMatch(/data.columns.group: no image of the archives has drive/);
    const empty = await writeTars({ 'a.tar': { 'a.cls': 'stop' } });
    expect(await fail(empty, {})).toMatch(/no image in them\n {2}a.tar: 1 sample has no image/);
  });

  it('keeps the columns that slices are about, in whatever case, and in the manifest that it writes', async () => {
    const files = createSamples('', (_, i) => ({ json: `{"Weather":"w${i}","night":true}` }));
    const root = await writeTars({ 'a.tar': files });
    const columns = ['weather', 'night'];
    const { samples, notes } = await load(root, {}, { columns });
    expect(samples[3]!.columns).toEqual({ weather: 'w3', night: 'true' });
    expect(notes).toEqual([]);
    const archives = { patterns: [{ pattern: 'a.tar' }], columns: {} };
    const settings = { root, split, targetClasses: ['stop'], archives, columns };
    const text = await (await checkData(settings)).formatManifest();
    expect(text).toMatch(/^path,label,weather,night\na.tar\/go\/0.png,go,w0,true\n/);
    expect(await fail(root, {}, { columns: ['fog'] })).toMatch(
      /fog: is a column that slices of the plan are about, and no image of the archives has it/,
    );
  });

  it('finds what changed in an archive that was known', async () => {
    const root = await writeTars({ 'a.tar': createSamples() });
    const before = await load(root, {});
    expect((await load(root, {})).sha256).toBe(before.sha256);
    await writeFile(join(root, 'a.tar'), packTar(createSamples('other ')));
    expect((await load(root, {})).sha256).not.toBe(before.sha256);
  });

  it('is stopped, and tells how far it is', async () => {
    const padding = { 'z.bin': new Uint8Array(3 * 2 ** 20) };
    const root = await writeTars({ 'a.tar': { ...createSamples(), ...padding } });
    const told: string[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      told.push(`${done}/${total}`);
    const signal = AbortSignal.abort();
    expect(await catchFault(() => load(root, {}, { signal }))).toMatchObject({ kind: 'cancelled' });
    await load(root, {}, { onProgress });
    expect(told.at(-1)).toBe('4/4');
  });

  it('is checked for copies, and written as a manifest with what archives say', async () => {
    const more = (label: string, i: number) => ({ drive: `${label} ${i}`, split: 'train' });
    const files = createSamples('', more);
    files['stop/9.png'] = files['stop/8.png']!;
    const root = await writeTars({ 'a.tar': files });
    const archives = { patterns: [{ pattern: 'a.tar' }], columns: { group: 'drive' } };
    const settings = { root, split, targetClasses: ['stop'], archives };
    const { dropped, formatManifest } = await checkData(settings);
    expect(dropped.map(({ place }) => place)).toEqual(['a.tar/stop/9.png']);
    const text = await formatManifest();
    expect(text.split('\n').slice(0, 2)).toEqual([
      'path,label,group,split',
      'a.tar/go/0.png,go,go 0,train',
    ]);
    await writeFile(join(root, 'clean.csv'), text);
    const { samples } = await loadDataset({ ...settings, manifest: 'clean.csv' });
    expect(samples).toHaveLength(19);
    expect(await readFile(join(root, 'clean.csv'), 'utf8')).not.toContain('stop/9');
  });
});
