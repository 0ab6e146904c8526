import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sha256, writeFileAtomic } from '@holdfast/artifacts';
import { z } from 'zod';
import type { ArchiveIndex } from './archive-index.js';
import type { IndexOptions } from './index-options.js';

/** Changes whenever the same archive would give another index. */
const version = 'holdfast archive index 1';
/** Of all indexes; those whose last use is longest ago give way. */
const cacheBytesMax = 2 ** 30;
/** Larger indexes are made anew. */
const imagesMax = 1_000_000;

const schema = z.object({
  images: z.array(
    z.object({
      name: z.string(),
      place: z.string(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      cells: z.array(z.string()),
    }),
  ),
  unused: z.array(z.string()),
  notes: z.array(z.string()),
});

/** What decides what of an archive is kept. */
type Kept = Pick<IndexOptions, 'columns' | 'asked'>;

/**
 * The index of an archive as it was made before, else as `make` makes it, which is then kept in the user's cache. Known
 * again is a file that is in its place, of its size and its times of change; its images are held against their hashes
 * wherever they are used. Where nothing can be kept, nothing is.
 */
export async function withIndexCache(
  path: string,
  options: Kept,
  make: () => Promise<ArchiveIndex>,
): Promise<ArchiveIndex> {
  const before = await identify(path, options);
  const cached = await read(before);
  if (cached !== undefined) return cached;
  const index = await make();
  // What changed meanwhile is no file that could be known again.
  if ((await identify(path, options)) === before) await keep(before, index).catch(() => {});
  return index;
}

function nameFolder(): string {
  const { XDG_CACHE_HOME: cache } = process.env;
  return join(cache || join(homedir(), '.cache'), 'holdfast', 'archives');
}

/** Name of an index's file. */
async function identify(path: string, { columns, asked = [] }: Kept): Promise<string> {
  const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
  const names = Object.entries(columns).sort();
  const key = JSON.stringify([version, path, dev, ino, size, mtimeMs, ctimeMs, names, asked]);
  return join(nameFolder(), `${sha256(key)}.json`);
}

async function read(name: string): Promise<ArchiveIndex | undefined> {
  try {
    const index = schema.parse(JSON.parse(await readFile(name, 'utf8')));
    const now = new Date();
    await utimes(name, now, now).catch(() => {});
    return index;
  } catch {
    return undefined;
  }
}

async function keep(name: string, index: ArchiveIndex): Promise<void> {
  if (index.images.length > imagesMax) return;
  await mkdir(nameFolder(), { recursive: true });
  await writeFileAtomic(name, JSON.stringify(index));
  await makeRoom();
}

async function makeRoom(): Promise<void> {
  const names = (await readdir(nameFolder())).map((name) => join(nameFolder(), name));
  const found = await Promise.all(
    names.map(async (name) => ({ name, info: await stat(name).catch(() => undefined) })),
  );
  let left = cacheBytesMax;
  const newest = found.sort((a, b) => (b.info?.mtimeMs ?? 0) - (a.info?.mtimeMs ?? 0));
  for (const { name, info } of newest) {
    left -= info?.size ?? 0;
    if (left < 0) await rm(name, { force: true });
  }
}
