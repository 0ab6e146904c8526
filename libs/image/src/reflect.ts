/** Index that lies at `index` when a row of `size` pixels is reflected at its ends, which stand once. */
export function reflectIndex(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const folded = Math.abs(index) % period;
  return folded < size ? folded : period - folded;
}
