import { relative } from 'node:path';
import { isMirrored, toName } from '@holdfast/artifacts';

/** An absolute path as a person at `cwd` would write it: relative where it lies below, else absolute; what stands for an object by its URI. */
export function shortenPath(path: string, cwd: string): string {
  if (isMirrored(path)) return toName(path);
  const short = relative(cwd, path);
  if (short === '') return '.';
  return short.startsWith('..') ? path : short;
}
