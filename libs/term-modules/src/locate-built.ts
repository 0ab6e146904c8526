/**
 * A thread's program. None can run TypeScript: from sources, what was built from them runs.
 *
 * @param path of the program from the package's sources: `thread/term-thread.js`
 */
export function locateBuilt(path: string): URL {
  const folder = import.meta.url.endsWith('.ts') ? '../dist/' : './';
  return new URL(folder + path, import.meta.url);
}
