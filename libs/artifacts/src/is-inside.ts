import { isAbsolute, relative, sep } from 'node:path';

/** Whether an absolute path is `folder` or lies in it; symbolic links are not followed. */
export function isInside(path: string, folder: string): boolean {
  const step = relative(folder, path);
  return step === '' || !(step === '..' || step.startsWith(`..${sep}`) || isAbsolute(step));
}
