/**
 * A circle of packages that need one another, or undefined.
 *
 * @param arrows names to the names they need
 * @returns the names along the circle; the first is also the last
 */
export function findCircle(arrows) {
  const done = new Set();
  const visit = (name, path) => {
    const start = path.indexOf(name);
    if (start >= 0) return [...path.slice(start), name];
    if (done.has(name)) return undefined;
    for (const next of arrows.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of arrows.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
