import { readFileSync, statSync } from 'node:fs';

/** Files are looked at again at most this often. */
const checkMs = 1000;

/** How files become a value. */
export interface RotatedFiles<Value> {
  readonly paths: readonly string[];
  /** Makes the value of their contents, in the order of the paths. What it throws refuses them. */
  parse(contents: readonly Buffer[]): Value;
  /** Called once for each state of the files that cannot be read or is refused: the last value stays. */
  onRefused?(error: unknown): void;
}

/**
 * Reads files, and again when they changed: a token or a certificate is replaced without a restart. Links are followed, as
 * those of a mounted Kubernetes secret. Files that belong together may be replaced one after the other: until they fit,
 * the last value stays.
 *
 * @returns what gives the current value
 * @throws what reading or `parse` throws at first
 */
export function readRotated<Value>({ paths, parse, onRefused }: RotatedFiles<Value>): () => Value {
  const load = () => parse(paths.map((path) => readFileSync(path)));
  let stamp = stampFiles(paths);
  let value = load();
  let checkedMs = performance.now();
  return () => {
    if (performance.now() - checkedMs < checkMs) return value;
    checkedMs = performance.now();
    const now = stampFiles(paths);
    if (now === stamp) return value;
    stamp = now;
    try {
      value = load();
    } catch (error) {
      onRefused?.(error);
    }
    return value;
  };
}

/** What changes when one of the files does. Taken before they are read: what changes meanwhile is read again. */
function stampFiles(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const file = statSync(path, { bigint: true, throwIfNoEntry: false });
      return file && [file.ino, file.size, file.mtimeNs, file.ctimeNs].join();
    })
    .join(';');
}
