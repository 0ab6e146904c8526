/** n over r: how many sets of `size` there are among `total`. Exact below 2^53, else approximate. */
export function countSets(total: number, size: number): number {
  let sets = 1;
  for (let i = 1; i <= Math.min(size, total - size); i += 1) sets = (sets * (total - i + 1)) / i;
  return Math.round(sets);
}
