import { createRequire } from 'node:module';

/** Puts back what tfjs-node 4.22 calls and Node 23 removed (tfjs#8425, mended there and not released). */
export function fixNode(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}
