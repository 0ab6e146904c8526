import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrigin, writeOrigin } from './origin.js';
import { describeRunFolder } from './run-folder.js';

describe('readOrigin', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'holdfast-origin-'));
  });
  afterEach(() => rm(path, { recursive: true }));

  it('reads what was written', async () => {
    const origin = { runId: 'r', planName: 'plans/fog.yaml', basePath: '/data/plans' };
    await writeOrigin(describeRunFolder(path), origin);
    expect(await readOrigin(path)).toEqual(origin);
  });

  it('says that a folder without one holds no run', async () => {
    await expect(readOrigin(path)).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('holds no run'),
    });
  });

  it.each(['', '{', '[]', 'null', '{}', '{"runId":"r","planName":"p","basePath":1}'])(
    'refuses %j as damaged',
    async (text) => {
      await writeFile(join(path, 'origin.json'), text);
      await expect(readOrigin(path)).rejects.toMatchObject({
        kind: 'invalid',
        message: expect.stringContaining('origin.json is damaged'),
      });
    },
  );
});
