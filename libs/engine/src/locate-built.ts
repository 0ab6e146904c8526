/**
 * A program of this package that runs in a thread or process of its own. None of them can run
 * TypeScript: from sources they run what was built from them.
 *
 * @param path of the program from the package's sources: `worker/engine-thread.js`
 */
export function locateBuilt(path: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../dist/' : './';
  return new URL(folder + path, import.meta.url);
}
