/**
 * Keys that stand more than once in the outermost object of a JSON text.
 *
 * JSON.parse keeps the last of them without a word, so that a file could show one tensor to us and
 * another to a different reader. The text must already have been accepted by JSON.parse.
 */
export function findDuplicateKeys(json: string): string[] {
  const seen = new Set<string>();
  const duplicates = new Set<string>();
  let depth = 0;
  for (let i = 0; i < json.length; i += 1) {
    const character = json[i];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === '"') {
      const end = findStringEnd(json, i);
      if (depth === 1 && isFollowedByColon(json, end)) {
        const key = JSON.parse(json.slice(i, end)) as string;
        if (seen.has(key)) duplicates.add(key);
        seen.add(key);
      }
      i = end - 1;
    }
  }
  return [...duplicates];
}

function findStringEnd(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
}

function isFollowedByColon(json: string, start: number): boolean {
  let i = start;
  while (json[i] === ' ' || json[i] === '\n' || json[i] === '\r' || json[i] === '\t') i += 1;
  return json[i] === ':';
}
