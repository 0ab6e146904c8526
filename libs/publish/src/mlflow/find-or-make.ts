/** Times that something is made before a failure is one. */
const attemptsMax = 3;

/**
 * Finds a thing, or makes it. A request that makes is sent once, for a second one would make a second thing: where it fails, looking
 * again says whether it was carried out after all, or somebody else was faster.
 */
export async function findOrMake<T>(
  find: () => Promise<T | undefined>,
  make: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await find();
    if (found !== undefined) return found;
    try {
      return await make();
    } catch (error) {
      if (attempt === attemptsMax) throw error;
    }
  }
}
