import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

  it.each(['.', 'gone', 'file', 'file/run'])(
    'says that %s, without one, holds no run',
    async (name) => {
      await writeFile(join(path, 'file'), '');
      await expect(readOrigin(join(path, name))).rejects.toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining('holds no run'),
      });
    },
  );

  it('does not take one that cannot be read for none', async () => {
    await mkdir(join(path, 'origin.json'));
    await expect(readOrigin(path)).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('origin.json cannot be read (EISDIR)'),
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
