import { SourceMap, type SourceMapPayload } from 'node:module';
import { sourceUrl } from './import-module.js';

const inlineMap = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,([\w+/=]+)\s*$/;

/**
 * The innermost place of a module in an error's stack: `focal.ts:12:5` of the author's own file where the module
 * carries a source map, else `line 12:5` of its text; undefined if the stack has none.
 */
export function findPlace(stack: string, source: string): string | undefined {
  const frame = new RegExp(`${sourceUrl}:(\\d+):(\\d+)`).exec(stack);
  if (frame === null) return undefined;
  const [line, column] = [Number(frame[1]), Number(frame[2])];
  const encoded = inlineMap.exec(source)?.[1];
  const origin = encoded === undefined ? undefined : findOrigin(encoded, line, column);
  return origin ?? `line ${line}:${column}`;
}

/** Source maps count from 0, people from 1. */
function findOrigin(encoded: string, line: number, column: number): string | undefined {
  const map = JSON.parse(Buffer.from(encoded, 'base64').toString()) as SourceMapPayload;
  const entry = new SourceMap(map).findEntry(line - 1, column - 1);
  if (!('originalSource' in entry)) return undefined;
  return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}
