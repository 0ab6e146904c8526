import { posix } from 'node:path';

/**
 * The files of a package to those that they import; a source is named by what it is built to.
 *
 * @param uses `path` of each importing file, from the package's folder, and the `specifier`
 */
export function drawFiles(uses) {
  const arrows = new Map();
  for (const { path, specifier } of uses) {
    if (!specifier.startsWith('.')) continue;
    const from = path.replace(/\.(m?)ts$/, '.$1js');
    const to = posix.join(posix.dirname(path), specifier);
    arrows.set(from, [...(arrows.get(from) ?? []), to]);
  }
  return arrows;
}

/**
 * The folders of a package to the folders that their files import from.
 *
 * Between a folder and one inside it there is no arrow: what lists its parts knows them, and they know what they are
 * parts of.
 *
 * @param uses as {@link drawFiles} takes them
 */
export function drawFolders(uses) {
  const arrows = new Map();
  for (const [file, imports] of drawFiles(uses)) {
    const from = posix.dirname(file);
    const apart = imports
      .map((to) => posix.dirname(to))
      .filter((to) => !`${from}/`.startsWith(`${to}/`) && !`${to}/`.startsWith(`${from}/`));
    arrows.set(from, [...(arrows.get(from) ?? []), ...apart]);
  }
  return arrows;
}
