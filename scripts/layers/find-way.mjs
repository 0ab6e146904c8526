/**
 * The shortest way along the arrows from a name to one that is looked for, or undefined.
 *
 * @param arrows names to the names they need
 * @param isEnd whether a name is looked for
 * @returns the names along the way, first and last included
 */
export function findWay(arrows, start, isEnd) {
  const ways = [[start]];
  const seen = new Set([start]);
  for (const way of ways) {
    for (const next of arrows.get(way.at(-1)) ?? []) {
      if (isEnd(next)) return [...way, next];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}
