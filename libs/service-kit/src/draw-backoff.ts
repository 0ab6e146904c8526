const backoffMs = { initial: 200, max: 5000 };

/**
 * Milliseconds to wait after the nth failure in a row, beside what the failure asks: U(0, min(5 s, 2^(n-1) 0.2 s)), "full
 * jitter", so that those who failed together do not come back together.
 *
 * @param random uniform in [0, 1)
 */
export function drawBackoff(failures: number, random: () => number = Math.random): number {
  return random() * Math.min(backoffMs.max, backoffMs.initial * 2 ** (failures - 1));
}
