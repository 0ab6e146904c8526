import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveName, writeFileAtomic } from '@holdfast/artifacts';
import { hasS3Server, startS3Server } from '@holdfast/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findArtifact, getVerdict, listArtifacts } from './read-artifacts.js';
import { chunkBytesMax, streamFile } from './stream-file.js';

let base: string;
let runPath: string;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-artifacts-')));
  runPath = join(base, 'run');
  await mkdir(join(runPath, 'candidate'), { recursive: true });
  await writeFile(join(base, 'secret'), 'secret');
  await writeFile(join(runPath, 'candidate/config.json'), '{}');
  await writeFile(join(runPath, '.half.tmp'), '');
  await symlink(base, join(runPath, 'up'));
  await symlink(join(base, 'secret'), join(runPath, 'link'));
});
afterEach(() => rm(base, { recursive: true }));

describe('a file of a run', () => {
  it('is found by its path from the folder, and listed', async () => {
    const path = 'candidate/config.json';
    expect(await findArtifact(runPath, path)).toBe(join(runPath, path));
    const artifacts = [{ path, sizeBytes: 2n }];
    expect(await listArtifacts(runPath)).toEqual({ artifacts, truncated: false });
  });

  it.each([
    ...['', '/etc/passwd', '../secret', 'candidate/../../secret', '..\\secret', 'up/secret'],
    ...['link', 'a\0b', 'x'.repeat(1025)],
  ])('is refused where its path leads out: %j', async (path) => {
    await expect(findArtifact(runPath, path)).rejects.toMatchObject({
      kind: 'invalid',
      violations: [expect.objectContaining({ field: 'path' })],
    });
  });

  it.each(['nothing', 'candidate', '.'])('is not found where there is none: %j', async (path) => {
    await expect(findArtifact(runPath, path)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe.skipIf(!hasS3Server)('the files of a run in an object store', () => {
  it('are listed as the store has them, weights that another machine wrote, too', async () => {
    const server = await startS3Server();
    try {
      await server.addBucket('runs');
      const as = (machine: string) => {
        const environment = Object.entries(server.environment(machine));
        for (const [name, value] of environment) vi.stubEnv(name, value);
        return resolveName('.', 's3://runs/fog');
      };
      const there = as('optimizer');
      for (const name of ['.claim', 'candidate/model.safetensors'])
        await writeFileAtomic(join(there, name), 'weights');
      const here = as('controller');
      await writeFileAtomic(join(here, 'plan.yaml'), 'steps: 4');
      expect(await listArtifacts(here)).toEqual({
        artifacts: [
          { path: 'candidate/model.safetensors', sizeBytes: 7n },
          { path: 'plan.yaml', sizeBytes: 8n },
        ],
        truncated: false,
      });
    } finally {
      vi.unstubAllEnvs();
      await server.close();
    }
  });
});

describe('streamFile', () => {
  async function collect(offset?: number) {
    const chunks: Buffer[] = [];
    for await (const { bytes } of streamFile(join(base, 'file'), offset)) chunks.push(bytes);
    return chunks;
  }

  it('gives a file in pieces of a bounded size, from an offset on', async () => {
    const content = Buffer.from(Array.from({ length: 2 * chunkBytesMax + 3 }, (_, i) => i % 251));
    await writeFile(join(base, 'file'), content);
    const chunks = await collect();
    expect(chunks.map(({ length }) => length)).toEqual([chunkBytesMax, chunkBytesMax, 3]);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(Buffer.concat(await collect(5)).equals(content.subarray(5))).toBe(true);
    expect(await collect(content.length)).toEqual([Buffer.alloc(0)]);
    await expect(collect(content.length + 1)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('gives an empty file as one empty piece', async () => {
    await writeFile(join(base, 'file'), '');
    expect(await collect()).toEqual([Buffer.alloc(0)]);
  });

  it('says so where the file becomes shorter', async () => {
    await writeFile(join(base, 'file'), Buffer.alloc(chunkBytesMax + 1));
    const chunks = streamFile(join(base, 'file'));
    await chunks.next();
    await truncate(join(base, 'file'), 0);
    await expect(chunks.next()).rejects.toMatchObject({ kind: 'aborted' });
  });
});

describe('a verdict', () => {
  it('is not found before there is one', async () => {
    await expect(getVerdict(runPath)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('that is too large for a message is refused, and says where it is', async () => {
    await writeFile(join(runPath, 'verdict.json'), '');
    await truncate(join(runPath, 'verdict.json'), 2 ** 25 + 1);
    const message = expect.stringContaining('get the artifact');
    await expect(getVerdict(runPath)).rejects.toMatchObject({ kind: 'exhausted', message });
  });
});
