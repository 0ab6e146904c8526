import { mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { loadDataset } from './load-dataset.js';
import type { LoadSettings } from './load-settings.js';
import { type Dataset, type Role, roleNames, samplesWithRole } from './sample.js';
import { createImages, makeFolder, writeFiles } from './test-support/test-data.js';

const split = { steering: 0.2, validation: 0.2, seed: 0 };
const labels = ['give way', 'no entry', 'stop'];

function load(root: string, changes: Partial<LoadSettings> = {}): Promise<Dataset> {
  return loadDataset({ root, split, targetClasses: ['stop'], ...changes });
}

/** A manifest with one row a use: enough for the target `stop` and the protected `go`. */
const wholeRows = [
  's0.png,stop,,target',
  's1.png,stop,,validation',
  's2.png,stop,,steering',
  'g0.png,go,,protected',
  'g1.png,go,,validation',
  'g2.png,go,,steering',
];

/** What is said of a manifest whose rows all leave the group empty. */
const noGroups = (rows: number) =>
  `manifest.csv: ${rows} of ${rows} rows name no group (empty); each of these images is its own group`;

/** Writes a manifest and an image for each of its rows, with the path as content unless told otherwise. */
async function writeManifest(
  rows: readonly string[],
  contents: Readonly<Record<string, string>> = {},
): Promise<string> {
  const paths = rows.map((row) => row.split(',')[0]!);
  const files = Object.fromEntries(paths.map((path) => [path, `content of ${path}`]));
  const manifest = `path,label,group,role\n${rows.join('\n')}\n`;
  return writeFiles({ ...files, ...contents, 'manifest.csv': manifest });
}

const loadManifest = async (
  rows: readonly string[],
  contents: Readonly<Record<string, string>> = {},
  changes: Partial<LoadSettings> = {},
) => load(await writeManifest(rows, contents), { manifest: 'manifest.csv', ...changes });

/** Loads a manifest with a split in place of roles. */
const loadSplit = async (rows: readonly string[], changes: Partial<LoadSettings> = {}) => {
  const root = await writeManifest(rows);
  await writeFile(join(root, 'manifest.csv'), `path,label,group,split\n${rows.join('\n')}\n`);
  const shares = { steering: 0.2, validation: 0.3, seed: 0 };
  return load(root, { manifest: 'manifest.csv', split: shares, ...changes });
};

const failManifest = async (
  rows: readonly string[],
  contents: Readonly<Record<string, string>> = {},
  changes: Partial<LoadSettings> = {},
) => {
  const root = await writeManifest(rows, contents);
  return catchFault(() => load(root, { manifest: 'manifest.csv', ...changes }));
};

function countRoles(dataset: Dataset, label?: string): Partial<Record<Role, number>> {
  const counts = roleNames.map((role) => [role, samplesWithRole(dataset, role, label).length]);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

describe('loadDataset on an image folder', () => {
  it('labels by folder, sorts, hashes, and gives every image a use', async () => {
    const root = await writeFiles(createImages(labels));
    const dataset = await load(root);
    expect(dataset.classes).toEqual(labels);
    expect(dataset.samples.map((sample) => sample.index)).toEqual([...Array(15).keys()]);
    expect(dataset.samples[0]).toMatchObject({
      path: join(root, 'give way', '0.png'),
      relativePath: 'give way/0.png',
      label: 'give way',
      group: 'give way/0.png',
    });
    // printf 'content of give way/0.png' | sha256sum
    expect(dataset.samples[0]!.sha256).toBe(
      '49825ce9840ada2e9199b7d6d8c92ee435dea3413b2c7b3ce433ae4af47e3565',
    );
    expect(countRoles(dataset, 'stop')).toEqual({ target: 3, steering: 1, validation: 1 });
    expect(countRoles(dataset, 'no entry')).toEqual({
      negative: 3,
      protected: 3,
      steering: 1,
      validation: 1,
    });
    expect(dataset.notes).toEqual([]);
  });

  it('splits by seed and by nothing else', async () => {
    const images = createImages(labels, 12);
    const reversed = Object.fromEntries(Object.entries(images).reverse());
    const roles = async (files: Record<string, string>, seed: number) => {
      const dataset = await load(await writeFiles(files), { split: { ...split, seed } });
      return dataset.samples.map(({ relativePath, roles: own }) => [relativePath, own]);
    };
    const first = await roles(images, 1);
    expect(await roles(reversed, 1)).toEqual(first);
    expect(await roles(images, 2)).not.toEqual(first);
    const more = await roles({ ...images, ...createImages(['yield']) }, 1);
    expect(more.filter(([path]) => !String(path).startsWith('yield'))).toEqual(first);
  });

  it('has an identity that does not depend on where the data lie', async () => {
    const images = createImages(labels);
    const [a, b] = await Promise.all([writeFiles(images), writeFiles(images)]);
    const { sha256 } = await load(a);
    expect((await load(b)).sha256).toBe(sha256);
    await writeFile(join(b, 'stop', '0.png'), 'changed');
    expect((await load(b)).sha256).not.toBe(sha256);
  });

  it('says of everything that it leaves out how much, what and why', async () => {
    const extra = {
      '.cache/x.png': '',
      'stop/.DS_Store': '',
      'stop/Thumbs.db': '',
      'README.md': '',
      'a.png': '',
      'b.JPG': '',
      'stop/raw.BMP': '',
      'c.heic': '',
    };
    const dataset = await load(await writeFiles({ ...createImages(labels), ...extra }));
    expect(dataset.samples).toHaveLength(15);
    expect(dataset.notes).toEqual([
      '2 images lie beside the class folders, not in one, and are left out: a.png, b.JPG',
      '2 images are of formats that are not read, and left out; save them as PNG or JPEG: c.heic, stop/raw.BMP',
      '2 files are no images by their names, and left out: README.md, stop/Thumbs.db',
      '2 files or folders are hidden (their names begin with a dot), and left out: .cache, stop/.DS_Store',
    ]);
  });

  it('knows images by the extensions that Pillow has for the formats that are read', async () => {
    const extensions = 'jpg JPEG jpe jfif png apng webp gif tif TIFF avif'.split(' ');
    const named = Object.fromEntries(
      extensions.map((ext) => [`fog/0.${ext}`, `content of ${ext}`]),
    );
    const dataset = await load(await writeFiles({ ...createImages(labels), ...named }));
    expect(dataset.samples.filter(({ label }) => label === 'fog')).toHaveLength(11);
    expect(dataset.notes).toEqual([]);
  });

  it('follows links to class folders and to images, as ImageFolder does', async () => {
    const stored = Object.fromEntries([1, 2, 3].map((i) => [`.store/${i}.png`, `content ${i}`]));
    const lone = { 'lone.png': 'content of a lone one' };
    const root = await writeFiles({ ...createImages(labels), ...stored, ...lone });
    await symlink('.store', join(root, 'fog'));
    await symlink(join('..', 'lone.png'), join(root, 'stop', 'linked.png'));
    const dataset = await load(root);
    expect(dataset.classes).toEqual(['fog', ...labels]);
    const paths = dataset.samples.map(({ relativePath }) => relativePath);
    expect(paths).toEqual(expect.arrayContaining(['fog/1.png', 'fog/2.png', 'fog/3.png']));
    const linked = dataset.samples.find(({ relativePath }) => relativePath === 'stop/linked.png');
    expect(linked?.path).toBe(join(root, 'lone.png'));
  });

  it('names links that lead outside, nowhere, or back', async () => {
    const root = await writeFiles(createImages(labels));
    const outside = await writeFiles(createImages(['fog']));
    await symlink(join(outside, 'fog'), join(root, 'fog'));
    await symlink(join(root, 'gone'), join(root, 'broken'));
    await symlink('..', join(root, 'stop', 'up'));
    await symlink('self.png', join(root, 'stop', 'self.png'));
    await symlink(join(outside, 'fog', '0.png'), join(root, 'stop', 'out.png'));
    const fault = await catchFault(() => load(root));
    const found = new Map(fault.violations.map((v) => [v.field, v.description]));
    expect([...found.keys()]).toEqual(['broken', 'fog', 'stop/self.png', 'stop/up']);
    expect(found.get('fog')).toContain(
      `is a link to the folder ${join(outside, 'fog')}, which lies`,
    );
    expect(found.get('fog')).toContain(`outside ${root}, where images must be`);
    expect(found.get('broken')).toContain(
      `is a link to ${join(root, 'gone')}, which does not exist`,
    );
    expect(found.get('stop/up')).toBe('is a link to a folder that it lies in');
    expect(found.get('stop/self.png')).toBe('is a link that leads back to itself');
    for (const name of ['fog', 'broken', 'stop/up', 'stop/self.png']) await rm(join(root, name));
    const file = await catchFault(() => load(root));
    expect(file.message).toContain(`stop/out.png: stop/out.png lies outside ${root}`);
  });

  it('finds a folder that a link gives a second name', async () => {
    const root = await writeFiles(createImages(labels));
    await symlink('stop', join(root, 'halt'));
    const fault = await catchFault(() => load(root));
    expect(fault.message).toContain('stop/0.png: stop/0.png is already named in halt/0.png');
  });

  it('takes images in folders within a class for images of that class, and says so', async () => {
    const nested = { 'stop/night/a/0.png': 'x', 'stop/night/1.png': 'y' };
    const dataset = await load(await writeFiles({ ...createImages(labels), ...nested }));
    const found = dataset.samples.filter(({ relativePath }) => relativePath.includes('night'));
    expect(found.map(({ relativePath, label }) => [relativePath, label])).toEqual([
      ['stop/night/1.png', 'stop'],
      ['stop/night/a/0.png', 'stop'],
    ]);
    expect(dataset.notes).toEqual([
      '2 folders lie within a class, whose images are of that class, each its own group: stop/night, stop/night/a; if such a folder holds one drive or one object, name groups in a manifest',
    ]);
  });

  it('knows a class by its name however Unicode writes it, and refuses two of one name', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    const root = await writeFiles(createImages([...labels, decomposed]));
    const dataset = await load(root, { targetClasses: [composed] });
    expect(countRoles(dataset, composed)).toMatchObject({ target: 3 });
    expect((await load(root, { targetClasses: [decomposed] })).classes).toContain(composed);
    await mkdir(join(root, composed));
    await writeFile(join(root, composed, '0.png'), 'another');
    const fault = await catchFault(() => load(root));
    expect(fault.message).toContain('has the name of another class, written with other Unicode');
  });

  it('uses only the classes that the plan names, but measures all', async () => {
    const root = await writeFiles(createImages([...labels, 'yield']));
    const dataset = await load(root, {
      protectedClasses: ['no entry'],
      negativeClasses: ['yield'],
    });
    expect(countRoles(dataset, 'no entry')).toEqual({ protected: 3, steering: 1, validation: 1 });
    expect(countRoles(dataset, 'yield')).toEqual({ negative: 3, steering: 1, validation: 1 });
    expect(countRoles(dataset, 'give way')).toEqual({ steering: 1, validation: 1 });
    expect(dataset.classes).toHaveLength(4);
    expect(dataset.notes).toEqual([
      '3 images are of classes that the plan does not train on, and not used',
    ]);
  });

  it('keeps exact copies together and says so', async () => {
    const images = createImages(labels, 10);
    for (let i = 1; i < 10; i += 2) images[`no entry/${i}.png`] = images[`no entry/${i - 1}.png`]!;
    const dataset = await load(await writeFiles(images));
    const roles = new Map<string, string>();
    for (const { sha256, roles: own, group, label } of dataset.samples) {
      if (label !== 'no entry') continue;
      const use = `${own.join()} ${group}`;
      expect(roles.get(sha256) ?? use).toBe(use);
      roles.set(sha256, use);
    }
    expect(roles.size).toBe(5);
    expect(dataset.notes).toEqual([
      '5 images are exact copies of others in the same part, and no further evidence: with those they are 5 groups',
    ]);
  });

  it('refuses a protected class that shares an image with the target', async () => {
    const images = createImages(labels);
    images['no entry/2.png'] = images['stop/4.png']!;
    const root = await writeFiles(images);
    const fault = await catchFault(() => load(root));
    expect(fault.message).toContain(
      'stop/4.png: is an exact copy of no entry/2.png, but one is labelled "no entry"',
    );
    expect(fault.message).toContain('an image cannot be the target and something else');
  });

  it('says when two protected classes share an image', async () => {
    const images = createImages(labels);
    images['no entry/2.png'] = images['give way/4.png']!;
    const { notes } = await load(await writeFiles(images));
    expect(notes[1]).toContain('1 exact copies carry another label than the first: no entry/2.png');
  });

  it('names classes without images', async () => {
    const root = await writeFiles({ ...createImages(labels), 'bare/notes.txt': '' });
    await mkdir(join(root, 'empty'));
    const fault = await catchFault(() => load(root));
    const description = 'has no images; add some, or remove the folder';
    expect(fault.violations).toEqual([
      { field: 'bare', description },
      { field: 'empty', description },
    ]);
  });

  it('refuses a root that is missing, a file, or has no folders', async () => {
    const root = await writeFiles({ 'a.png': '' });
    expect((await catchFault(() => load(join(root, 'gone')))).kind).toBe('not-found');
    const file = await catchFault(() => load(join(root, 'a.png')));
    expect(file.message).toContain('is not a folder');
    expect((await catchFault(() => load(root))).message).toContain('expected <class>/<image>');
  });

  it('refuses classes with fewer than three images, and a split that leaves none to train', async () => {
    const root = await writeFiles({
      ...createImages(labels),
      ...createImages(['yield'], 2),
      ...createImages(['fog'], 1),
    });
    const fault = await catchFault(() => load(root));
    expect(fault.violations).toEqual([
      {
        field: 'fog',
        description: 'has 1 group of images; it needs 3, to train, to steer and to judge',
      },
      {
        field: 'yield',
        description: 'has 2 groups of images; it needs 3, to train, to steer and to judge',
      },
    ]);
    expect((await load(root, { protectedClasses: ['no entry'] })).classes).toContain('yield');
    const all = { steering: 0.5, validation: 0.5, seed: 0 };
    expect((await catchFault(() => load(root, { split: all }))).message).toContain('none are left');
  });

  it.each([3, 4, 7])(
    'leaves something for every use of %d images, whatever the shares',
    async (n) => {
      const root = await writeFiles(createImages(labels, n));
      const greedy = { steering: 0.6, validation: 0.39, seed: 3 };
      const counts = countRoles(await load(root, { split: greedy }), 'stop');
      expect(counts.target).toBeGreaterThanOrEqual(1);
      expect(counts.steering).toBeGreaterThanOrEqual(1);
      expect(counts.validation).toBeGreaterThanOrEqual(1);
    },
  );

  it('names labels that no image has', async () => {
    const root = await writeFiles(createImages(labels));
    const fault = await catchFault(() =>
      load(root, {
        targetClasses: ['halt'],
        protectedClasses: ['stop', 'go'],
        negativeClasses: ['left'],
      }),
    );
    expect(fault.violations.map(({ field, description }) => `${field} ${description}`)).toEqual([
      'target.class no image has the label "halt"',
      'protected no image has the label "go"',
      'target.negatives no image has the label "left"',
    ]);
    expect(fault.message).toContain('whose labels are give way, no entry, stop');
  });

  it('refuses a target that is protected or its own negative, and data of one class', async () => {
    const root = await writeFiles(createImages(labels));
    const both = { protectedClasses: ['stop'], negativeClasses: ['stop'] };
    const fault = await catchFault(() => load(root, both));
    expect(fault.violations.map((violation) => violation.field)).toEqual([
      'protected',
      'target.negatives',
    ]);
    const alone = await writeFiles(createImages(['stop']));
    expect((await catchFault(() => load(alone))).message).toContain('nothing to protect');
    const chooseLabels = () => ({ protected: [], whole: [], contrasted: [] });
    const unheld = await catchFault(() => load(root, { chooseLabels }));
    expect(unheld.message).toContain('training would be held to no class');
  });

  it('stops when it is told to', async () => {
    const root = await writeFiles(createImages(labels));
    const fault = await catchFault(() => load(root, { signal: AbortSignal.abort() }));
    expect(fault.kind).toBe('cancelled');
  });

  it('tells progress up to the end', async () => {
    const seen: number[] = [];
    const root = await writeFiles(createImages(labels));
    await load(root, { onProgress: ({ done, total }) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('reads unchanged files once and changed ones again', async () => {
    const root = await writeFiles(createImages(labels));
    const hashCachePath = join(await makeFolder(), 'hashes');
    const { sha256 } = await load(root, { hashCachePath });
    const cached = await readFile(hashCachePath, 'utf8');
    // An entry that was tampered with shows that the cache is asked.
    const wrong = 'f'.repeat(64);
    await writeFile(hashCachePath, cached.replace(/^[0-9a-f]{64}\t/m, `${wrong}\t`));
    const tampered = await load(root, { hashCachePath });
    expect(tampered.samples.filter((sample) => sample.sha256 === wrong)).toHaveLength(1);
    for (const { path } of tampered.samples) await utimes(path, 1, 1);
    expect((await load(root, { hashCachePath })).sha256).toBe(sha256);
    await writeFile(hashCachePath, 'something else');
    expect((await load(root, { hashCachePath })).sha256).toBe(sha256);
  });
});

describe('loadDataset on a manifest', () => {
  it('keeps roles, marks negatives, and leaves out what has no use', async () => {
    const rows = [...wholeRows, 'g3.png,go,,base', 'g4.png,go,,', 'g5.png,go,,base+protected'];
    const dataset = await loadManifest([...rows, 't.png,stop,,test']);
    expect(
      dataset.samples.map(({ relativePath, roles }) => [relativePath, roles.join('+')]),
    ).toEqual([
      ['g0.png', 'negative+protected'],
      ['g1.png', 'validation'],
      ['g2.png', 'steering'],
      ['g5.png', 'base+negative+protected'],
      ['s0.png', 'target'],
      ['s1.png', 'validation'],
      ['s2.png', 'steering'],
      ['t.png', 'test'],
    ]);
    // g3 only trained the base model, as its row says; g4 has no role at all.
    expect(dataset.notes).toEqual([
      noGroups(10),
      '1 image has no role in this run and is not used',
    ]);
  });

  it('takes the negatives that the manifest marks, unless the plan names labels', async () => {
    const rows = [...wholeRows, 'n.png,other,,negative', 'o.png,go,,protected'];
    const protectedClasses = ['go'];
    const marked = await loadManifest(rows, {}, { protectedClasses });
    expect(samplesWithRole(marked, 'negative').map((s) => s.relativePath)).toEqual(['n.png']);
    const named = await loadManifest(rows, {}, { protectedClasses, negativeClasses: ['go'] });
    expect(samplesWithRole(named, 'negative').map((s) => s.relativePath)).toEqual([
      'g0.png',
      'o.png',
    ]);
    expect(named.samples.map((sample) => sample.relativePath)).not.toContain('n.png');
  });

  it('keeps a split that the data came with, and deals val to steering and validation', async () => {
    const rows = ['stop', 'go', 'sky'].flatMap((label) => [
      ...Array.from({ length: 6 }, (_, i) => `${label}-t${i}.png,${label},,train`),
      ...Array.from({ length: 10 }, (_, i) => `${label}-v${i}.png,${label},${label} ${i >> 1},val`),
      ...Array.from({ length: 3 }, (_, i) => `${label}-x${i}.png,${label},,test`),
      `${label}-n.png,${label},,`,
    ]);
    const protectedClasses = ['go'];
    const dataset = await loadSplit(rows, { protectedClasses });
    // Five groups of val, two images each: two fifths of them, 0.2 of 0.2 + 0.3, steer.
    expect(countRoles(dataset, 'stop')).toEqual({ target: 6, steering: 4, validation: 6, test: 3 });
    expect(countRoles(dataset, 'go')).toEqual({
      negative: 6,
      protected: 6,
      steering: 4,
      validation: 6,
      test: 3,
    });
    for (const { relativePath, roles } of dataset.samples) {
      if (relativePath.includes('-x')) expect(roles).toEqual(['test']);
      if (relativePath.includes('-v')) expect(['steering', 'validation']).toContain(roles.join());
    }
    const uses = dataset.samples.filter(({ group }) => group === 'go 0').map(({ roles }) => roles);
    expect(uses[0]).toEqual(uses[1]);
    expect(dataset.notes).toEqual([
      'manifest.csv: 30 of 60 rows name no group (empty); each of these images is its own group',
      'the column split is read as roles: 18 images train, 30 are val, 9 are test; the groups of val are dealt to steering (12 images) and validation (18)',
      '3 images are in no split and not used',
      '6 images are of classes that the plan does not train on, and not used',
    ]);
    expect(samplesWithRole(dataset, 'protected', 'sky')).toEqual([]);
  });

  it('deals train where no row is val, and never touches test', async () => {
    const rows = ['stop', 'go'].flatMap((label) => [
      ...Array.from({ length: 10 }, (_, i) => `${label}-t${i}.png,${label},,train`),
      `${label}-x.png,${label},,test`,
    ]);
    const dataset = await loadSplit(rows);
    expect(countRoles(dataset, 'stop')).toEqual({ target: 5, steering: 2, validation: 3, test: 1 });
    expect(dataset.notes[1]).toContain('no row is val, so that the groups of train are dealt to');
  });

  it('refuses a split whose val cannot both steer and judge, and one that leaks', async () => {
    const rows = ['stop', 'go'].flatMap((label) => [
      `${label}-t.png,${label},,train`,
      ...[0, 1].map((i) => `${label}-v${i}.png,${label},${label === 'go' ? i : 'one drive'},val`),
    ]);
    const few = await catchFault(() => loadSplit(rows));
    expect(few.violations).toEqual([
      {
        field: 'stop',
        description: 'has 1 group of images in the split val; it needs 2, to steer and to judge',
      },
    ]);
    const apart = rows.map((row) => row.replace('one drive', ''));
    const leak = await catchFault(() => loadSplit([...apart, 'go-x.png,go,1,test']));
    expect(leak.message).toContain('the group "1" is in');
  });

  it('asks data that only judge for no images to train on', async () => {
    const rows = ['s.png,stop,,test', 'g.png,go,,test', 'h.png,go,,validation'];
    const dataset = await loadManifest(rows, {}, { purpose: 'judge' });
    expect(countRoles(dataset)).toEqual({ test: 2, validation: 1 });
    expect(dataset.notes).toEqual([noGroups(3)]);
    expect((await failManifest(rows)).message).toContain('there is nothing to learn from');
    const split = await loadSplit(['s.png,stop,,test', 'g.png,go,,val'], { purpose: 'judge' });
    expect(countRoles(split)).toEqual({ validation: 1, test: 1 });
    const root = await writeFiles(createImages(labels, 1));
    expect(countRoles(await load(root, { purpose: 'judge' }))).toEqual({ validation: 3 });
  });

  it('finds files whose names the manifest writes in another form of Unicode', async () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    const rows = wholeRows.map((row, i) =>
      row.replace('.png', `-${i % 2 ? composed : decomposed}.png`),
    );
    const root = await writeManifest(rows);
    const text = await readFile(join(root, 'manifest.csv'), 'utf8');
    for (const form of ['NFC', 'NFD']) {
      await writeFile(join(root, 'manifest.csv'), text.normalize(form));
      expect((await load(root, { manifest: 'manifest.csv' })).samples).toHaveLength(6);
    }
  });

  it('splits by groups where no row has a role', async () => {
    const rows = labels.flatMap((label, k) =>
      Array.from({ length: 24 }, (_, i) => `${k}-${i}.png,${label},${label} ${i % 6},`),
    );
    const dataset = await loadManifest(rows);
    const uses = new Map<string, string>();
    for (const { group, roles } of dataset.samples) {
      const use = roles.join();
      expect(uses.get(group) ?? use).toBe(use);
      uses.set(group, use);
    }
    // 6 groups a class: a fifth is one to steer and one to judge; four images in each.
    expect(countRoles(dataset, 'stop')).toEqual({ target: 16, steering: 4, validation: 4 });
  });

  it('deals labels of too few images together where they are judged together, alike for training and judging', async () => {
    const captions = Array.from({ length: 20 }, (_, i) => `a sign, number ${i}`);
    const rows = [
      ...labels.flatMap((label, k) =>
        Array.from({ length: 5 }, (_, i) => `${k}-${i}.png,${label},,`),
      ),
      ...captions.map((caption, i) => `c-${i}.png,"${caption}",,`),
    ];
    const others = labels.filter((label) => label !== 'stop');
    const chooseLabels = () => ({
      protected: [...others, ...captions],
      whole: others,
      contrasted: others,
    });
    const [trained, judged] = await Promise.all(
      (['train', 'judge'] as const).map((purpose) =>
        loadManifest(rows, {}, { purpose, chooseLabels }),
      ),
    );
    const usesOf = ({ samples }: Dataset) =>
      samples
        .filter(({ label }) => captions.includes(label))
        .map(({ label, roles }) => `${label}: ${roles.find((role) => role !== 'negative')}`);
    const uses = usesOf(trained!);
    const count = (role: string) => uses.filter((use) => use.endsWith(role)).length;
    expect([count('protected'), count('steering'), count('validation')]).toEqual([12, 4, 4]);
    expect(usesOf(judged!)).toEqual(uses);
  });

  it('counts a group of several labels for its most frequent one', async () => {
    // "go" has the three groups that it needs only if the mixed one is its own.
    const images = (label: string, group: string, count: number) =>
      Array.from({ length: count }, (_, i) => `${group}-${label}-${i}.png,${label},${group},`);
    const rows = ['a', 'b', 'c'].flatMap((name) => images('stop', `stop ${name}`, 2));
    const own = ['a', 'b'].flatMap((name) => images('go', `go ${name}`, 2));
    const mixed = [...images('go', 'mixed', 3), ...images('sky', 'mixed', 1)];
    const sky = ['a', 'b', 'c'].flatMap((name) => images('sky', `sky ${name}`, 2));
    const plan = { protectedClasses: ['go'] };
    const dataset = await loadManifest([...rows, ...own, ...mixed, ...sky], {}, plan);
    expect(countRoles(dataset, 'go').protected).toBeGreaterThan(0);
  });

  it('lets groups and exact copies reach into a class that the plan does not use', async () => {
    // Each group shows "no entry" and "sky"; the plan leaves "sky" out.
    const rows = [...labels, 'sky'].flatMap((label) =>
      Array.from({ length: 6 }, (_, i) => {
        const street = label === 'sky' ? 'no entry' : label;
        return `${label}-${i}.png,${label},${street} ${i},`;
      }),
    );
    const contents = { 'no entry-0.png': 'same', 'sky-1.png': 'same' };
    const dataset = await loadManifest(rows, contents, { protectedClasses: ['no entry'] });
    expect(countRoles(dataset, 'no entry').protected).toBeGreaterThan(0);
    expect(countRoles(dataset, 'sky').protected).toBeUndefined();
    const uses = new Map<string, boolean>();
    for (const { group, roles } of dataset.samples) {
      const judges = roles.some((role) => role === 'steering' || role === 'validation');
      expect(uses.get(group) ?? judges).toBe(judges);
      uses.set(group, judges);
    }
  });

  it.each([
    ['role', 'validation', wholeRows],
    ['role', 'test', wholeRows],
    [
      'split',
      'test',
      ['stop', 'go'].flatMap((label) => [
        `${label}-0.png,${label},,train`,
        ...[1, 2, 3, 4].map((i) => `${label}-${i}.png,${label},,val`),
      ]),
    ],
  ])('counts copies that a %s has %s as one group, and says so', async (column, part, rows) => {
    const names = Array.from({ length: 60 }, (_, i) => `copy-${i}.png`);
    const contents = Object.fromEntries(names.map((name) => [name, 'the same']));
    const root = await writeManifest(
      [...rows, ...names.map((n) => `${n},stop,,${part}`)],
      contents,
    );
    const manifest = await readFile(join(root, 'manifest.csv'), 'utf8');
    await writeFile(join(root, 'manifest.csv'), manifest.replace('role', column));
    const { samples, notes } = await load(root, { manifest: 'manifest.csv' });
    const copies = samples.filter(({ relativePath }) => relativePath.startsWith('copy'));
    expect(copies).toHaveLength(60);
    expect(new Set(copies.map(({ group }) => group))).toEqual(new Set(['copy-0.png']));
    expect(copies.at(-1)?.givenGroup).toBe(copies.at(-1)?.relativePath);
    expect(notes).toContain(
      '59 images are exact copies of others in the same part, and no further evidence: with those they are 1 group',
    );
  });

  it('says what weakens the evidence', async () => {
    const rows = wholeRows.filter((row) => !row.endsWith('steering'));
    const extra = ['g7.png,go,,base+validation', 'o.png,other,,protected'];
    const { notes } = await loadManifest([...rows, ...extra], {}, { protectedClasses: ['go'] });
    expect(notes).toEqual([
      noGroups(6),
      '1 validation images trained the base model, which has memorised them and can only lose on them',
      'no image has the role steering: nothing chooses among checkpoints',
      '1 protected images belong to classes the plan leaves out: other',
    ]);
  });

  it('takes what a training image is from the target, so that one manifest serves plan after plan', async () => {
    const dataset = await loadManifest(wholeRows, {}, { targetClasses: ['go'] });
    expect(countRoles(dataset, 'go')).toMatchObject({ target: 1 });
    expect(countRoles(dataset, 'go').protected).toBeUndefined();
    expect(countRoles(dataset, 'stop')).toMatchObject({ protected: 1, negative: 1 });
    expect(countRoles(dataset, 'stop').target).toBeUndefined();
    expect(dataset.notes).toEqual([
      noGroups(6),
      'with the role protected, which train as target under this plan: 1 of go',
      'with the role target, which train as protected under this plan: 1 of stop',
    ]);
  });

  it('gives the images of several targets to them, whatever the manifest calls them, and no negatives of them', async () => {
    const more = ['halt', 'yield'].flatMap((label) =>
      ['protected', 'steering', 'validation'].map(
        (role) => `${label}-${role}.png,${label},,${role}`,
      ),
    );
    const targetClasses = ['stop', 'halt'];
    const dataset = await loadManifest([...wholeRows, ...more], {}, { targetClasses });
    for (const label of targetClasses) {
      const { target, negative, protected: held } = countRoles(dataset, label);
      expect([target, negative, held]).toEqual([1, undefined, undefined]);
    }
    for (const label of ['go', 'yield']) {
      expect(countRoles(dataset, label)).toMatchObject({ protected: 1, negative: 1 });
    }
    const copy = { 'halt-protected.png': 'same', 's0.png': 'same' };
    const leak = await failManifest([...wholeRows, ...more], copy, { targetClasses });
    expect(leak.message).toContain('an image cannot be a target and something else');
    const few = more.filter((row) => !row.startsWith('halt-protected'));
    const lack = await failManifest([...wholeRows, ...few], {}, { targetClasses });
    expect(lack.violations).toEqual([
      {
        field: 'halt',
        description: 'has no image with the role target, so there is nothing to learn from',
      },
    ]);
  });

  it('names rows whose role and label disagree', async () => {
    const fault = await failManifest([
      ...wholeRows,
      'c.png,stop,,negative',
      'd.png,go,,protected+validation',
    ]);
    expect(fault.violations.map((violation) => violation.field)).toEqual([
      'manifest.csv:8',
      'manifest.csv:9',
    ]);
    expect(fault.message).toContain('has the role negative, but "stop" is the target');
    expect(fault.message).toContain('is in training and validation; an image has one use');
  });

  it.each([
    ['target', 'stop', 'has no image with the role target, so there is nothing to learn from'],
    [
      'protected',
      'go',
      'has no image with the role protected, so nothing would protect it; constrain: false has it judged alone',
    ],
    ['validation', 'go', 'has no image with the role validation, so the gate cannot judge it'],
    ['steering', 'stop', 'has no image with the role steering, but other classes have'],
  ])('refuses data without %s images of %s', async (role, label, message) => {
    const rows = wholeRows.filter((row) => !row.endsWith(`${label},,${role}`));
    const fault = await failManifest(rows);
    expect(fault.violations).toContainEqual({ field: label, description: message });
  });

  it('refuses a class that is only known from elsewhere, rather than leave it unprotected', async () => {
    const fault = await failManifest([...wholeRows, 'o.png,other,,test']);
    expect(fault.violations[0]).toMatchObject({ field: 'other' });
  });

  it('refuses negatives without training images', async () => {
    const rows = [...wholeRows, 'o.png,other,,test'];
    const fault = await failManifest(
      rows,
      {},
      {
        protectedClasses: ['go'],
        negativeClasses: ['other'],
      },
    );
    expect(fault.message).toContain('other: has no image with the role negative');
    expect(fault.message).toContain('no image is a negative of the target');
  });

  it('refuses a group with two uses', async () => {
    const rows = [...wholeRows, 'a.png,go,track 7,protected', 'b.png,go,track 7,validation'];
    const fault = await failManifest(rows);
    expect(fault.violations).toEqual([
      {
        field: 'manifest.csv:9',
        description:
          'the group "track 7" is in training (manifest.csv:8) and in validation: near-duplicates must stay together',
      },
    ]);
  });

  it.each([
    ['s0.png', 'g1.png', 'one is in validation, one in training'],
    ['g0.png', 'g2.png', 'one is in training, one in steering'],
    ['s0.png', 'g0.png', 'one is labelled "go", one "stop"'],
  ])('refuses one image as %s and as %s', async (a, b, message) => {
    const fault = await failManifest(wholeRows, { [a]: 'same', [b]: 'same' });
    const [first, second] = [a, b].sort();
    expect(fault.message).toContain(`${second} is an exact copy of ${first} (manifest.csv:`);
    expect(fault.message).toContain(message);
  });

  it('refuses paths that are missing, folders, outside the root, or named twice', async () => {
    const root = await writeManifest(wholeRows);
    const outside = await writeFiles({ 'secret.png': 'x' });
    await symlink(join(outside, 'secret.png'), join(root, 'link.png'));
    await symlink(outside, join(root, 'folder'));
    await mkdir(join(root, 'directory'));
    const rows = [
      'gone.png,go,,validation',
      'no/such/folder.png,go,,validation',
      'directory,go,,validation',
      'link.png,go,,validation',
      'folder/secret.png,go,,validation',
      '../secret.png,go,,validation',
      `${outside}/secret.png,go,,validation`,
    ];
    const header = 'path,label,group,role';
    const manifest = [header, ...wholeRows, ...rows].join('\n');
    await writeFile(join(root, 'manifest.csv'), manifest);
    const fault = await catchFault(() => load(root, { manifest: 'manifest.csv' }));
    const found = new Map(fault.violations.map((v) => [v.field, v.description]));
    expect(found.size).toBe(rows.length);
    expect(found.get('manifest.csv:8')).toBe('gone.png does not exist');
    expect(found.get('manifest.csv:9')).toBe('no/such/folder.png does not exist');
    expect(found.get('manifest.csv:10')).toBe('directory is not a file');
    for (const line of [11, 12, 14]) {
      expect(found.get(`manifest.csv:${line}`)).toContain(`lies outside ${root}`);
    }
    expect(found.get('manifest.csv:13')).toMatch(/does not exist|lies outside/);
    const twice = [header, ...wholeRows, './g1.png,go,,validation'].join('\n');
    await writeFile(join(root, 'manifest.csv'), twice);
    const repeated = await catchFault(() => load(root, { manifest: 'manifest.csv' }));
    expect(repeated.message).toMatch(/\.\/g1\.png is already named in|g1\.png is already named in/);
  });

  it('follows links that stay inside, and a root that is itself a link', async () => {
    const root = await writeManifest(wholeRows);
    await rm(join(root, 'g1.png'));
    await writeFile(join(root, 'store.png'), 'stored');
    await symlink('store.png', join(root, 'g1.png'));
    const link = join(await makeFolder(), 'link');
    await symlink(root, link);
    const dataset = await load(link, { manifest: 'manifest.csv' });
    const linked = dataset.samples.find((sample) => sample.relativePath === 'g1.png');
    expect(linked?.path).toBe(join(root, 'store.png'));
  });

  it('takes a manifest outside the root', async () => {
    const root = await writeManifest(wholeRows);
    const elsewhere = await writeFiles({
      'm.csv': `path,label,group,role\n${wholeRows.join('\n')}\n`,
    });
    const dataset = await load(root, { manifest: join(elsewhere, 'm.csv') });
    expect(dataset.samples).toHaveLength(6);
  });
});

describe('limits of training images', () => {
  const few = (limit: number | undefined, seed = 0) => ({
    training: { seed, limitOf: (label: string) => (label === 'go' ? limit : undefined) },
  });
  /** Three groups of four images of `go`, and four images of `yield` that are their own groups. */
  const rows = [
    ...wholeRows.filter((row) => !row.startsWith('g0')),
    ...Array.from({ length: 12 }, (_, i) => `g-${i}.png,go,scene ${i % 3},protected`),
    ...Array.from({ length: 4 }, (_, i) => `y-${i}.png,yield,,protected`),
    'y4.png,yield,,validation',
    'y5.png,yield,,steering',
  ];
  const names = (dataset: Dataset, role: Role = 'protected') =>
    samplesWithRole(dataset, role, 'go').map(({ relativePath }) => relativePath);

  it('leave so many images of a label, as protected ones and as negatives, and all of the others', async () => {
    const dataset = await loadManifest(rows, {}, few(5));
    expect(countRoles(dataset, 'go')).toEqual({
      negative: 5,
      protected: 5,
      steering: 1,
      validation: 1,
    });
    expect(countRoles(dataset, 'yield')).toMatchObject({ negative: 4, protected: 4 });
    expect(dataset.notes).toContain(
      'trainingImages: of 12 training images 5 are used, drawn by seed 0: go (5)',
    );
  });

  it('take whole groups but for the last, the few of them among the many, whatever the order of rows', async () => {
    const root = await writeManifest(rows);
    const read = (changes: Partial<LoadSettings>) =>
      load(root, { manifest: 'manifest.csv', ...changes });
    const [five, nine] = [await read(few(5)), await read(few(9))];
    expect(names(nine)).toEqual(expect.arrayContaining(names(five)));
    const groups = (dataset: Dataset) => {
      const counts = new Map<string, number>();
      for (const { group } of samplesWithRole(dataset, 'protected', 'go'))
        counts.set(group, (counts.get(group) ?? 0) + 1);
      return [...counts.values()].sort();
    };
    expect([groups(five), groups(nine)]).toEqual([
      [1, 4],
      [1, 4, 4],
    ]);
    const others = rows.toReversed();
    await writeFile(join(root, 'manifest.csv'), `path,label,group,role\n${others.join('\n')}\n`);
    expect(names(await read(few(5)))).toEqual(names(five));
    const drawn = await Promise.all([1, 2, 3].map((seed) => read(few(5, seed))));
    expect(new Set([five, ...drawn].map((dataset) => names(dataset).join())).size).toBeGreaterThan(
      1,
    );
  });

  it('say where a label has fewer, and leave the data as they are without a limit', async () => {
    const short = await loadManifest(rows, {}, few(20));
    expect(names(short)).toHaveLength(12);
    expect(short.notes).toContain('trainingImages asks for more images than there are of go (12)');
    expect((await loadManifest(rows, {}, few(undefined))).sha256).toBe(
      (await loadManifest(rows)).sha256,
    );
  });

  it('leave no negative of a label of which none trains', async () => {
    const settings = { ...few(0), protectedClasses: ['yield'], negativeClasses: ['yield', 'go'] };
    const { message } = await failManifest(rows, {}, settings);
    expect(message).toContain('go: has no image with the role negative, but the plan names it');
    const judged = await loadManifest(rows, {}, { ...few(0), protectedClasses: ['yield'] });
    expect(countRoles(judged, 'go')).toEqual({ steering: 1, validation: 1 });
  });
});

describe('columns of a manifest', () => {
  const writeSlices = (
    header: string,
    cell = (i: number): string => (i % 2 === 0 ? ',fog' : ',rain'),
  ) =>
    writeFiles({
      ...Object.fromEntries(wholeRows.map((row) => [row.split(',')[0]!, `content of ${row}`])),
      'manifest.csv': [header, ...wholeRows.map((row, i) => `${row}${cell(i)}`)].join('\n'),
    });
  const settings = { manifest: 'manifest.csv', columns: ['weather'] };

  it('are kept where they are asked for, and are part of the data', async () => {
    const root = await writeSlices('path,label,group,role,Weather');
    const { samples, notes, sha256 } = await load(root, settings);
    expect(samples.map(({ relativePath, columns }) => [relativePath, columns])).toEqual([
      ['g0.png', { weather: 'rain' }],
      ['g1.png', { weather: 'fog' }],
      ['g2.png', { weather: 'rain' }],
      ['s0.png', { weather: 'fog' }],
      ['s1.png', { weather: 'rain' }],
      ['s2.png', { weather: 'fog' }],
    ]);
    expect(notes.join()).not.toContain('Weather');
    const other = await writeSlices('path,label,group,role,Weather', () => ',fog');
    expect((await load(other, settings)).sha256).not.toBe(sha256);
    const unasked = await load(root, { manifest: 'manifest.csv' });
    expect(unasked.samples[0]).not.toHaveProperty('columns');
    expect(unasked.notes.join()).toContain('the columns Weather are not used');
  });

  it('are refused where the manifest lacks one, has one twice, or is an image folder', async () => {
    const missing = await writeSlices('path,label,group,role,time');
    expect((await catchFault(() => load(missing, settings))).message).toMatch(
      /has no column weather, which slices of the plan are about; .* it has time/,
    );
    const twice = await writeSlices('path,label,group,role,weather,WEATHER', () => ',fog,fog');
    expect((await catchFault(() => load(twice, settings))).message).toContain(
      'names the weather twice',
    );
    const folder = await writeFiles(createImages(labels));
    expect((await catchFault(() => load(folder, { columns: ['weather'] }))).message).toContain(
      'is an image folder, which has no column weather',
    );
  });
});

describe('several data sets', () => {
  const write = async () => {
    const first = await writeManifest(wholeRows);
    const second = await writeFiles(createImages(['stop', 'frog'], 6));
    return { first, more: [{ name: 'objects', root: second }] };
  };
  const settings = {
    manifest: 'manifest.csv',
    chooseLabels: () => ({
      protected: ['go', 'objects/frog'],
      whole: ['go', 'objects/frog'],
      contrasted: ['go'],
    }),
  };

  it('are divided each by itself, and what the others have is called by their names', async () => {
    const { first, more } = await write();
    const { samples, classes } = await load(first, { ...settings, more });
    expect(classes).toEqual(['go', 'objects/frog', 'objects/stop', 'stop']);
    const frogs = samples.filter(({ label }) => label === 'objects/frog');
    expect(frogs.map(({ relativePath, group }) => relativePath === group)).not.toContain(false);
    expect(frogs[0]).toMatchObject({ relativePath: 'objects/frog/0.png' });
    expect(new Set(frogs.flatMap(({ roles }) => roles))).toEqual(
      new Set(['protected', 'steering', 'validation']),
    );
    // The other set's images are no negatives unless the plan says so.
    expect(
      samples.filter(({ roles }) => roles.includes('negative')).map(({ label }) => label),
    ).toEqual(['go']);
    expect(samples.map(({ index }) => index)).toEqual(samples.map((_, i) => i));
    expect(samples.map(({ relativePath }) => relativePath)).toEqual(
      [...samples.map(({ relativePath }) => relativePath)].sort(),
    );
  });

  it('share no image between uses, across them all', async () => {
    const { first } = await write();
    const second = await writeFiles({
      'm.csv': 'path,label,role\na.png,frog,test\nb.png,toad,test\n',
      'a.png': 'content of g0.png',
      'b.png': 'b',
    });
    const more = [{ name: 'objects', root: second, manifest: 'm.csv' }];
    const fault = await catchFault(() =>
      load(first, { manifest: 'manifest.csv', protectedClasses: ['go'], more }),
    );
    expect(fault.message).toContain(
      'objects/m.csv:2: objects/a.png is an exact copy of g0.png (manifest.csv:5), but one is in training, one in test',
    );
  });

  it('refuses a name that makes a label of one set read as one of another', async () => {
    const first = await writeManifest([...wholeRows, 'x.png,objects/newt,,test']);
    const { more } = await write();
    const fault = await catchFault(() => load(first, { manifest: 'manifest.csv', more }));
    expect(fault.message).toContain(
      'the label "objects/newt" of the first data set reads as one of the data set objects',
    );
  });
});
