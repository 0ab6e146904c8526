import { posix } from 'node:path';

/**
 * The folders of a package to the folders that their files import from.
 *
 * Between a folder and one inside it there is no arrow: what lists its parts knows them, and they know what they are
 * parts of.
 *
 * @param uses `path` of each importing file, from the package's folder, and the `specifier`
 */
export function drawFolders(uses) {
  const arrows = new Map();
  for (const { path, specifier } of uses) {
    if (!specifier.startsWith('.')) continue;
    const from = posix.dirname(path);
    const to = posix.dirname(posix.join(from, specifier));
    if (`${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`)) continue;
    arrows.set(from, [...(arrows.get(from) ?? []), to]);
  }
  return arrows;
}
