/** log(exp(a) + exp(b)) without overflow; either may be -Infinity. */
export function addLogs(a: number, b: number): number {
  const larger = Math.max(a, b);
  if (larger === -Infinity) return larger;
  return larger + Math.log1p(Math.exp(-Math.abs(a - b)));
}
