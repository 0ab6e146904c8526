import { type CST, Parser } from 'yaml';

/**
 * Whether something in a YAML text lies in more than `depthMax` lists and mappings.
 *
 * It walks over tokens with a stack of its own. What composes a document from them calls itself, and a
 * text that is deep enough ends the stack wherever it happens to be: in the compiler of a regular
 * expression that ends the process, which nothing catches.
 */
export function isNestedDeeper(yaml: string, depthMax: number): boolean {
  const left: (readonly [token: CST.Token | null | undefined, depth: number])[] = [];
  for (const token of new Parser().parse(yaml)) left.push([token, 0]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [token, depth] = next;
    if (token == null) continue;
    if (depth > depthMax) return true;
    if (token.type === 'document') left.push([token.value, depth]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) left.push([key, depth + 1], [value, depth + 1]);
  }
  return false;
}
