import { readFile } from 'node:fs/promises';
import { sha256, sha256File, writeFileAtomic } from '@holdfast/artifacts';
import { forEachBounded, nameUnreadable } from '@holdfast/fault';
import type { LocatedFile } from './locate-files.js';
import type { OnProgress } from './progress.js';

interface HashSettings {
  /** File that remembers hashes; made if it is missing, made anew if it is damaged. */
  readonly cachePath?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const concurrency = 8;

/** Larger files are read in pieces. */
const wholeBytesMax = 2 ** 20;

/** First line of a cache; the format's version. */
const cacheHeader = 'holdfast hashes 1';

/**
 * sha256 of each file in hexadecimal, in order. A file whose size and time of change are those of the
 * cache is not read again.
 *
 * @throws Fault as `nameUnreadable` if a file cannot be read.
 */
export async function hashFiles(
  files: readonly LocatedFile[],
  { cachePath, onProgress, signal }: HashSettings = {},
): Promise<string[]> {
  const known = cachePath === undefined ? new Map<string, string>() : await readCache(cachePath);
  const hashes: string[] = new Array(files.length);
  let isStale = false;
  const hash = async (file: LocatedFile, position: number) => {
    const cached = known.get(describeFile(file));
    isStale ||= cached === undefined;
    hashes[position] = cached ?? (await hashFile(file));
  };
  await forEachBounded(files, hash, { concurrency, onProgress, signal });
  if (cachePath !== undefined && isStale) {
    const lines = files.map((file, i) => `${hashes[i]}\t${describeFile(file)}`);
    await writeFileAtomic(cachePath, `${cacheHeader}\n${lines.join('\n')}\n`);
  }
  return hashes;
}

async function hashFile({ path, bytes }: LocatedFile): Promise<string> {
  if (bytes > wholeBytesMax) return sha256File(path);
  const content = await readFile(path).catch((cause) => {
    throw nameUnreadable(cause, `the image ${path}`);
  });
  return sha256(content);
}

function describeFile({ path, bytes, changedMs }: LocatedFile): string {
  return `${bytes}\t${changedMs}\t${JSON.stringify(path)}`;
}

async function readCache(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [header, ...lines] = text.split('\n');
  if (header !== cacheHeader) return new Map();
  return new Map(
    lines
      .filter((line) => /^[0-9a-f]{64}\t/.test(line))
      .map((line) => [line.slice(65), line.slice(0, 64)]),
  );
}
