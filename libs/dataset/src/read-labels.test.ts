import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLabels } from './read-labels.js';

describe('readLabels', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-labels-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (text: string) => {
    const path = join(folder, 'labels.csv');
    await writeFile(path, text);
    return readLabels(path, {
      paths: new Set(['a.png', 'night/b.png', 'c.png']),
      labels: ['stop', '007'],
      describeUnknown: (label) => `"${label}" is unknown`,
    });
  };

  it('reads labels by path, whatever other columns there are, and passes over empty ones', async () => {
    const text = 'why,label,path\ncheck,stop,a.png\ncheck,,c.png\ncheck,007,night/b.png\n';
    expect([...(await read(text))]).toEqual([
      ['a.png', 'stop'],
      ['night/b.png', '007'],
    ]);
  });

  it('names every row that cannot be used', async () => {
    const text = 'path,label\nx.png,stop\na.png,stob\nc.png,stop\nc.png,007\nc.png,stop\n';
    await expect(read(text)).rejects.toMatchObject({
      violations: [
        { field: 'labels.csv:2', description: 'x.png is no image of the folder' },
        { field: 'labels.csv:3', description: 'a.png: "stob" is unknown' },
        { field: 'labels.csv:5', description: 'c.png is "007" here and "stop" above' },
      ],
    });
    await expect(read('path\na.png\n')).rejects.toThrow('has no column label');
  });
});
