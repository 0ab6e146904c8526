import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const mib = 2 ** 20;
let cache: string;

/** A process of its own, as far as it shares nothing but the cache. */
async function startProcess() {
  vi.resetModules();
  return { ...(await import('./incoming.js')), ...(await import('./make-room.js')) };
}

/** A process that has begun to bring an object. */
async function startDownload(): Promise<string> {
  const { openIncoming } = await startProcess();
  const folder = await openIncoming();
  await writeFile(join(folder, 'half'), Buffer.alloc(mib));
  return folder;
}

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'holdfast-room-'));
  vi.stubEnv('HOLDFAST_S3_CACHE', cache);
  vi.stubEnv('HOLDFAST_S3_CACHE_MAX_GIB', String(1.5 / 1024));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

it('removes what killed downloads have left', async () => {
  await startDownload();
  const hourAgo = new Date(Date.now() - 3_600_000);
  const users = join(cache, '.users');
  for (const name of await readdir(users)) await utimes(join(users, name), hourAgo, hourAgo);
  // As it lay there before each process had a folder.
  await writeFile(join(cache, '.incoming', 'former'), Buffer.alloc(mib));
  const { makeRoom } = await startProcess();
  await makeRoom(mib);
  expect(await readdir(join(cache, '.incoming'))).toEqual([]);
});

it('keeps and counts what a living process is bringing', async () => {
  const folder = await startDownload();
  const { makeRoom } = await startProcess();
  await expect(makeRoom(mib)).rejects.toMatchObject({ kind: 'exhausted' });
  await makeRoom(mib / 2);
  expect(await readdir(folder)).toEqual(['half']);
});

it('counts what it is bringing in full until that has come, and then as what lies there', async () => {
  const { makeRoom, openIncoming } = await startProcess();
  const endReservation = await makeRoom(mib);
  const half = join(await openIncoming(), 'half');
  await writeFile(half, Buffer.alloc(mib / 2));
  await expect(makeRoom(mib)).rejects.toMatchObject({ kind: 'exhausted' });
  await writeFile(half, Buffer.alloc(mib));
  await mkdir(join(cache, 'bucket'));
  await rename(half, join(cache, 'bucket', 'whole'));
  endReservation();
  await expect(makeRoom(mib)).rejects.toMatchObject({ kind: 'exhausted' });
  await makeRoom(mib / 2);
});

it('counts what it could not bring no more', async () => {
  const { makeRoom } = await startProcess();
  const endReservation = await makeRoom(mib);
  await expect(makeRoom(mib)).rejects.toMatchObject({ kind: 'exhausted' });
  endReservation();
  await makeRoom(mib);
});
