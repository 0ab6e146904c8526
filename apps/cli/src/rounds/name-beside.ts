import { isAbsolute, relative, sep } from 'node:path';
import { isMirrored, isS3Uri, toName } from '@holdfast/artifacts';

/**
 * What a plan calls a path: relative where the plan's own paths are, and else as it stands; what is in a store by its URI.
 *
 * @param path absolute
 * @param basePath folder that relative paths of the plan start from
 * @param like a path as the plan writes it
 */
export function nameBeside(path: string, basePath: string, like: string): string {
  const isRelative = !isAbsolute(like) && !isS3Uri(like) && !isMirrored(basePath);
  if (isMirrored(path) || !isRelative) return toName(path);
  return relative(basePath, path).split(sep).join('/') || '.';
}
