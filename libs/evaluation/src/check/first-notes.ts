/** Tasks that are named one by one; of the others, how many. */
const namedMax = 5;

/** Notes about one protected task each, shortened where they are many. */
export function firstNotes(notes: readonly string[]): string[] {
  const others = notes.length - namedMax;
  if (others <= 0) return [...notes];
  return [
    ...notes.slice(0, namedMax),
    `the same holds for ${others} more of the protected classes`,
  ];
}
