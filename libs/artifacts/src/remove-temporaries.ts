import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What {@link writeFileAtomic} and {@link writeFolderAtomic} name what is not finished. */
const temporaryPattern = /^\..*\.(tmp|old)$/;
/** What {@link writeFolderAtomic} names the folder that steps aside for a new one. */
const asidePattern = /^\.(.+)\.[^.]+\.old$/;

/**
 * Removes what a process left, or is about to rename, in a folder; nothing where there is no such folder. What stepped aside for
 * a folder that did not come steps back.
 */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const targets = new Set(names);
  for (const name of names.filter((one) => temporaryPattern.test(one))) {
    const target = asidePattern.exec(name)?.[1];
    if (target === undefined || targets.has(target)) {
      await rm(join(folder, name), { recursive: true, force: true });
    } else {
      await rename(join(folder, name), join(folder, target));
      targets.add(target);
    }
  }
}
