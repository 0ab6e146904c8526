import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What {@link writeFileAtomic} and {@link writeFolderAtomic} name what is not finished. */
const temporaryPattern = /^\..*\.(tmp|old)$/;

/** Removes what a process left, or is about to rename, in a folder; nothing where there is no such folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const left = names.filter((name) => temporaryPattern.test(name));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}
