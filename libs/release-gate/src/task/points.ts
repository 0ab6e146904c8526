/** A number and its unit: "1 group", "5 points". */
export function count(n: number | string, unit: string): string {
  return `${n} ${unit}${Number(n) === 1 ? '' : 's'}`;
}

/** Points with one decimal and a sign: -9.0, +2.1, 0.0. */
export function signed(share: number): string {
  const points = (share * 100).toFixed(1);
  if (Number(points) === 0) return '0.0';
  return share > 0 ? `+${points}` : points;
}

/** Points with one decimal, without a sign: 9.0. */
export function unsigned(share: number): string {
  return Math.abs(share * 100).toFixed(1);
}

/** Points without needless decimals: 5, 2.5. */
export function trimmed(share: number): string {
  return String(Number((share * 100).toFixed(2)));
}
