import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@holdfast/artifacts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUnlabelledImages } from './read-unlabelled-images.js';

describe('readUnlabelledImages', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-unlabelled-'));
    await mkdir(join(folder, 'images/night'), { recursive: true });
    await mkdir(join(folder, 'images/.cache'));
    for (const name of ['b.png', 'night/a.jpg', '.cache/c.png', 'notes.txt', '.hidden.png']) {
      await writeFile(join(folder, 'images', name), name);
    }
    await writeFile(join(folder, 'groups.csv'), 'path,group\nnight/a.jpg,drive 1\n');
    await writeFile(join(folder, 'wrong.csv'), 'path,group\nnight/x.jpg,drive 1\nb.png,\n');
    await writeFile(join(folder, 'other.csv'), 'path\nb.png\n');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = (groups?: string) =>
    readUnlabelledImages({
      folder: join(folder, 'images'),
      groups: groups && join(folder, groups),
      firstIndex: 7,
    });

  it('finds images in all folders, in order, and says what it left out', async () => {
    const { samples, notes } = await read();
    const found = samples.map(({ index, relativePath, group }) => [index, relativePath, group]);
    expect(found).toEqual([
      [7, 'b.png', 'b.png'],
      [8, 'night/a.jpg', 'night/a.jpg'],
    ]);
    expect(notes).toEqual([
      expect.stringContaining('notes.txt'),
      expect.stringContaining('.cache, .hidden.png'),
    ]);
  });

  it('takes groups from a table; an image that it does not name stands alone', async () => {
    const { samples } = await read('groups.csv');
    expect(samples.map(({ group }) => group)).toEqual(['b.png', 'drive 1']);
  });

  it('leaves out the groups of images with another use, by content and by name', async () => {
    const apart = async (group: string, content: string, groups?: string) => {
      const { samples, leftOut } = await readUnlabelledImages({
        folder: join(folder, 'images'),
        groups: groups && join(folder, groups),
        apartFrom: [{ group, sha256: sha256(content) }],
      });
      return { left: samples.map(({ index, relativePath }) => [index, relativePath]), leftOut };
    };
    const onlyNight = { left: [[0, 'night/a.jpg']], leftOut: 1 };
    expect(await apart('elsewhere', 'b.png')).toEqual(onlyNight);
    const onlyB = { left: [[0, 'b.png']], leftOut: 1 };
    expect(await apart('drive 1', 'another frame', 'groups.csv')).toEqual(onlyB);
    // Without a table a group's name is a path, which images of several folders may share.
    expect((await apart('b.png', 'another image')).leftOut).toBe(0);
    // Nor do images that it does not name have one that anybody gave.
    expect((await apart('b.png', 'another image', 'groups.csv')).leftOut).toBe(0);
  });

  it('leaves out a group by each name that copies joined, on either side', async () => {
    const files = { x: 'frame', y: 'next frame', copy: 'frame', z: 'apart' };
    const unlabelled = join(folder, 'copies');
    await mkdir(unlabelled);
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(unlabelled, `${name}.png`), content);
    }
    const table = ['path,group', 'x.png,drive 2', 'y.png,drive 2', 'copy.png,drive 1'];
    await writeFile(join(folder, 'copies.csv'), [...table, 'z.png,drive 9'].join('\n'));
    const leaveOut = async (other: { group: string; givenGroup?: string }) => {
      const apartFrom = [{ ...other, sha256: sha256('another frame') }];
      const groups = join(folder, 'copies.csv');
      const { samples } = await readUnlabelledImages({ folder: unlabelled, groups, apartFrom });
      return samples.map(({ relativePath }) => relativePath);
    };
    expect(await leaveOut({ group: 'drive 2' })).toEqual(['z.png']);
    expect(await leaveOut({ group: 'drive 4', givenGroup: 'drive 9' })).not.toContain('z.png');
  });

  it('names every row of that table that cannot be used, and a column that is missing', async () => {
    await expect(read('wrong.csv')).rejects.toMatchObject({
      violations: [
        { field: 'wrong.csv:2', description: 'night/x.jpg is no image of the folder' },
        { field: 'wrong.csv:3', description: 'b.png has an empty group' },
      ],
    });
    await expect(read('other.csv')).rejects.toThrow('has no column group');
  });

  it('refuses a folder without images, and one that is not there', async () => {
    const refuse = (name: string) => readUnlabelledImages({ folder: join(folder, name) });
    await expect(refuse('images/.cache/none')).rejects.toMatchObject({ kind: 'not-found' });
    await mkdir(join(folder, 'empty'));
    await expect(refuse('empty')).rejects.toThrow('has no images in it');
  });
});
