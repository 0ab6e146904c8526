/** A seeded generator of pseudo-random numbers. The same seed and stream give the same numbers everywhere. */
export interface Random {
  /** A uniform integer in [0, 2^32). */
  uint32(): number;
  /** A uniform number in [0, 1) with 32 random bits. */
  uniform(): number;
  /** A uniform integer in [0, limit), without modulo bias. */
  integer(limit: number): number;
  /** A standard normal number (Box-Muller, one of the pair). */
  normal(): number;
  /** Shuffles in place (Fisher-Yates). */
  shuffle(array: { [index: number]: unknown; readonly length: number }): void;
}

/** splitmix32's finaliser: mixes one 32-bit word. */
function mix(word: number): number {
  let z = word | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/**
 * Makes a generator (xoshiro128**) for a seed and a stream.
 *
 * A stream names what the numbers are for, such as (epoch, pool): generators of different streams are
 * independent, so that work can be done in any order and still draw the same numbers.
 * Source: Blackman and Vigna, Scrambled Linear Pseudorandom Number Generators, 2021.
 *
 * @throws RangeError if a part of the stream is not an integer in [0, 2^32).
 */
export function createRandom(seed: number, ...stream: readonly number[]): Random {
  let key = 0x9e3779b9;
  for (const part of [seed, ...stream]) {
    if (!Number.isInteger(part) || part < 0 || part >= 2 ** 32) {
      throw new RangeError(`a seed or stream is an integer in [0, 2^32), not ${part}`);
    }
    key = mix((mix(key) + part + 0x9e3779b9) | 0);
  }
  let counter = key;
  const next = () => {
    counter = (counter + 0x9e3779b9) | 0;
    return mix(counter);
  };
  let [a, b, c, d] = [next(), next(), next(), next() | 1];

  function uint32(): number {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  }
  function uniform(): number {
    return uint32() / 2 ** 32;
  }
  function integer(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32) {
      throw new RangeError(`limit is an integer in [1, 2^32], not ${limit}`);
    }
    const unbiased = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const word = uint32();
      if (word < unbiased) return word % limit;
    }
  }
  function normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  }
  function shuffle(array: { [index: number]: unknown; readonly length: number }): void {
    for (let i = array.length - 1; i > 0; i -= 1) {
      const j = integer(i + 1);
      [array[i], array[j]] = [array[j], array[i]];
    }
  }
  return { uint32, uniform, integer, normal, shuffle };
}
