import { mkdir, open, readdir, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { nameFullDisk } from '@holdfast/fault';
import type { LeaseStore, LeaseTerm } from './lease-store.js';

/** `term-7` is held, `term-7.released` was given back. */
const namePattern = /^term-(\d+)(\.released)?$/;

async function ignore(codes: readonly string[], work: Promise<unknown>): Promise<void> {
  await work.catch((error: NodeJS.ErrnoException) => {
    if (!codes.includes(error.code ?? '')) throw error;
  });
}

/**
 * The terms of a lease as files of a folder, of a shared file system too. A renewal changes a file's time and a release its
 * name: neither needs room on a full disk.
 *
 * @param options.forgets removes the folder with the last release, so that terms begin at 1 again: for a lease that is held for
 *   moments and whose term nobody keeps
 */
export function createFolderLeaseStore(
  path: string,
  { forgets = false }: { readonly forgets?: boolean } = {},
): LeaseStore {
  const locate = (term: number) => join(path, `term-${term}`);

  /** The terms that are there, newest first. */
  async function listTerms() {
    const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [] as string[];
      throw error;
    });
    const terms = names.flatMap((name) => {
      const match = namePattern.exec(name);
      if (match === null) return [];
      return { name, term: Number(match[1]), isReleased: match[2] !== undefined };
    });
    return terms.sort((a, b) => b.term - a.term);
  }

  async function readNewest(): Promise<LeaseTerm | undefined> {
    for (;;) {
      const [newest] = await listTerms();
      if (newest === undefined) return undefined;
      const { name, term, isReleased } = newest;
      try {
        // Opened, so that a network file system asks its server for the time.
        const file = await open(join(path, name), 'r');
        try {
          const { mtimeNs, ctimeNs } = await file.stat({ bigint: true });
          const record = await file.readFile('utf8');
          return { term, record, mark: `${mtimeNs} ${ctimeNs}`, isReleased };
        } finally {
          await file.close();
        }
      } catch (error) {
        // Given back, or followed by a later one, since it was listed.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  async function write(term: number, record: string): Promise<void> {
    const file = await open(locate(term), 'wx');
    try {
      await file.writeFile(record);
      await file.sync();
    } catch (error) {
      await rm(locate(term), { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  return {
    path,
    readNewest,

    async create(term, record) {
      await mkdir(path, { recursive: true }).catch((error: unknown) => {
        throw nameFullDisk(error, path);
      });
      const before = await listTerms();
      if (before.some((other) => other.term >= term)) return false;
      try {
        await write(term, record);
      } catch (error) {
        // Another was quicker, or removed the folder.
        if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code!)) return false;
        throw nameFullDisk(error, path);
      }
      // The newest stays for ever. Who was slow finds it here, though those between are gone.
      const [newest, ...earlier] = await listTerms();
      if (newest?.term !== term || newest.isReleased) {
        await rm(locate(term), { force: true });
        return false;
      }
      for (const { name } of earlier) await rm(join(path, name), { force: true });
      return true;
    },

    renew: (term) => ignore(['ENOENT'], utimes(locate(term), new Date(), new Date())),

    async release(term) {
      if (!forgets) return ignore(['ENOENT'], rename(locate(term), `${locate(term)}.released`));
      await rm(locate(term), { force: true });
      // Another may have taken it meanwhile, or removed it.
      await ignore(['ENOENT', 'ENOTEMPTY', 'EEXIST'], rmdir(path));
    },
  };
}
