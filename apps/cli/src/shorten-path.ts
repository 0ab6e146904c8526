import { relative } from 'node:path';

/** An absolute path as a person at `cwd` would write it: relative where it lies below, else absolute. */
export function shortenPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  if (short === '') return '.';
  return short.startsWith('..') ? path : short;
}
