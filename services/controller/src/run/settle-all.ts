/**
 * All results, once nothing is under way any more: what is still under way must not reach services in which the run is
 * opened again.
 *
 * @throws The first failure in the order of the list.
 */
export async function settleAll<Results extends readonly unknown[]>(
  promises: Results,
): Promise<{ -readonly [I in keyof Results]: Awaited<Results[I]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
