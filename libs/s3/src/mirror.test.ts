import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findPlace, isMirrored, resolveName, toMirrorPath, toName, toUri } from './mirror.js';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-mirror-')));
  vi.stubEnv('HOLDFAST_S3_CACHE', join(folder, 's3'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('has a path for every object, and a name for every path', () => {
  const path = join(folder, 's3/models/clip/v 1%20/model.safetensors');
  const uri = 's3://models/clip/v 1%20/model.safetensors';
  expect(toMirrorPath(uri)).toBe(path);
  expect(toUri(path)).toBe(uri);
  expect(toName(path)).toBe(uri);
  expect(findPlace(path)).toEqual({ bucket: 'models', key: 'clip/v 1%20/model.safetensors' });
  expect(toMirrorPath('s3://models/clip/')).toBe(toMirrorPath('S3://models/clip'));
});

it('leaves other paths as they are', () => {
  expect(resolveName('/data', 'model')).toBe('/data/model');
  expect(toUri('/data/a b')).toBe('file:///data/a%20b');
  const local = ['.etags/models/a', 'runs/.cache/a.pixels', 'runs/a/.1.tmp/model'];
  const paths = local.map((name) => join(folder, 's3', name));
  for (const path of ['/data', folder, join(folder, 's3'), ...paths]) {
    expect(isMirrored(path), path).toBe(false);
    expect(toName(path)).toBe(path);
  }
});

it.each(['s3://', 's3:models/a', 's3://Models/a', 's3://.etags/a', 's3://a/b', 's3://..'])(
  'refuses %s, which names no bucket',
  (uri) => {
    expect(() => toMirrorPath(uri)).toThrow('names no bucket');
  },
);

it.each(['s3://models/../etc', 's3://models/a//b', 's3://models/./a', 's3://models/a\0'])(
  'refuses %j, which could be no path',
  (uri) => {
    expect(() => toMirrorPath(uri)).toThrow('is no path');
  },
);
