import type { SplitUnit } from './balance-units.js';

/** Images and units of a stratum, by part. */
export interface StratumBalance {
  readonly name: string;
  readonly images: readonly number[];
  readonly units: readonly number[];
}

/** How well the parts are balanced. */
export interface SplitBalance {
  /** Of every stratum, the labels first. */
  readonly strata: readonly StratumBalance[];
  /** What could not be balanced, and why; the worst first. */
  readonly unbalanced: readonly string[];
}

const partNames = ['train', 'val', 'test'];
/** A share may be off by so much without a word. */
const shareOffMax = 0.05;

/** Counts the parts of every stratum, and says where a share is off by more than five points, or a part has nothing. */
export function describeBalance(
  units: readonly SplitUnit[],
  partOf: Uint8Array,
  { shares, strata }: { readonly shares: readonly number[]; readonly strata: readonly string[] },
): SplitBalance {
  const counted = strata.map((name) => ({
    name,
    images: shares.map(() => 0),
    units: shares.map(() => 0),
    largest: 0,
  }));
  units.forEach(({ images }, unit) => {
    for (const [stratum, count] of images) {
      const at = counted[stratum]!;
      at.images[partOf[unit]!]! += count;
      at.units[partOf[unit]!]! += 1;
      at.largest = Math.max(at.largest, count);
    }
  });
  const unbalanced = counted.flatMap((stratum) => describeStratum(stratum, shares));
  return {
    strata: counted.map(({ name, images, units: groups }) => ({ name, images, units: groups })),
    unbalanced: unbalanced.sort((a, b) => b.off - a.off).map(({ text }) => text),
  };
}

function describeStratum(
  { name, images, units, largest }: StratumBalance & { readonly largest: number },
  shares: readonly number[],
): { off: number; text: string }[] {
  const total = images.reduce((sum, count) => sum + count, 0);
  const groups = units.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  const empty = partNames.filter((_, part) => shares[part]! > 0 && images[part] === 0);
  if (empty.length > 0) {
    const has = groups === 1 ? '1 group' : `${groups} groups`;
    return [{ off: 1, text: `${name}: nothing in ${empty.join(' and ')}, of ${has}` }];
  }
  const offs = shares.map((share, part) => Math.abs(images[part]! / total - share));
  const off = Math.max(...offs);
  if (off <= shareOffMax) return [];
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  const found = partNames.map((part, i) => `${part} ${percent(images[i]! / total)}`).join(', ');
  return [
    {
      off,
      text: `${name}: ${found} instead of ${shares.map(percent).join(', ')}; it has ${groups} groups, the largest with ${percent(largest / total)} of its images`,
    },
  ];
}
