import { createRandom } from '@holdfast/random';

/** Images that stay together: a group, with all that shows the same. */
export interface SplitUnit {
  /** The label that most of its images have. */
  readonly label: number;
  /** Images by stratum: a label, or a label together with the value of a column. */
  readonly images: ReadonlyMap<number, number>;
  /** Part that it is in already. */
  readonly fixed?: number | undefined;
}

/** How units are dealt. */
export interface BalanceSettings {
  /** Of each part; they add up to 1. */
  readonly shares: readonly number[];
  readonly strataCount: number;
  readonly seed: number;
}

/** Times that each unit is placed anew. */
const improvingPasses = 2;

/**
 * Deals units to parts so that of every stratum each part has nearly its share of images and of units: one by one, those
 * first that are the largest part of any of their strata, each to the part that lowers most
 *
 *   sum over strata k and parts s of (n_sk / N_k - share_s)^2 + (g_sk / G_k - share_s)^2,
 *
 * n images and g units. The last units of a label go where there is none yet, so that a label with as many units as there
 * are parts is in each. Then each unit is taken out and put where it fits best, twice, but for the last of a label in a part. Units of the same size come in an order that the seed draws; a part without a share gets none.
 * Source: the greedy rule of Sechidis et al., On the Stratification of Multi-label Data, 2011, for units of many images.
 *
 * @returns the part of each unit
 */
export function balanceUnits(
  units: readonly SplitUnit[],
  { shares, strataCount, seed }: BalanceSettings,
): Uint8Array {
  const parts = shares.length;
  const totals = countStrata(units, strataCount);
  const images = new Float64Array(parts * strataCount);
  const counts = new Float64Array(parts * strataCount);
  const labels = createLabelCounts(units);
  const partOf = new Uint8Array(units.length);
  const count = (unit: number, part: number, sign: 1 | -1) => {
    for (const [stratum, size] of units[unit]!.images) {
      images[part * strataCount + stratum]! += sign * size;
      counts[part * strataCount + stratum]! += sign;
    }
    labels.count(units[unit]!.label, part, sign);
  };
  const put = (unit: number, part: number) => {
    partOf[unit] = part;
    count(unit, part, 1);
  };
  const costOf = (unit: number, part: number): number => {
    let cost = 0;
    for (const [stratum, size] of units[unit]!.images) {
      const at = part * strataCount + stratum;
      const [allImages, allUnits] = [totals.images[stratum]!, totals.units[stratum]!];
      cost += growth(images[at]! / allImages, size / allImages, shares[part]!);
      cost += growth(counts[at]! / allUnits, 1 / allUnits, shares[part]!);
    }
    return cost;
  };
  units.forEach(({ fixed }, unit) => {
    if (fixed !== undefined) put(unit, fixed);
  });
  const open = shares.flatMap((share, part) => (share > 0 ? [part] : []));
  const choose = (unit: number, choices: readonly number[]): number => {
    const costs = choices.map((part) => costOf(unit, part));
    return choices[costs.indexOf(Math.min(...costs))]!;
  };
  const order = orderUnits(units, totals.images, seed);
  for (const unit of order) {
    const empty = labels.listDue(units[unit]!.label, open);
    put(unit, choose(unit, empty.length > 0 ? empty : open));
  }
  for (let pass = 0; pass < improvingPasses; pass += 1) {
    for (const unit of order) {
      const part = partOf[unit]!;
      if (labels.isLast(units[unit]!.label, part)) continue;
      count(unit, part, -1);
      put(unit, choose(unit, open));
    }
  }
  return partOf;
}

/** What (x - share)^2 grows by when x does. */
function growth(x: number, by: number, share: number): number {
  return by * (by + 2 * (x - share));
}

function countStrata(units: readonly SplitUnit[], strataCount: number) {
  const images = new Float64Array(strataCount);
  const counts = new Float64Array(strataCount);
  for (const unit of units) {
    for (const [stratum, count] of unit.images) {
      images[stratum]! += count;
      counts[stratum]! += 1;
    }
  }
  return { images, units: counts };
}

/** Units that are not fixed, the largest part of a stratum first. */
function orderUnits(units: readonly SplitUnit[], totals: Float64Array, seed: number): number[] {
  const order = units.flatMap(({ fixed }, unit) => (fixed === undefined ? [unit] : []));
  createRandom(seed).shuffle(order);
  const sizes = units.map(({ images }) =>
    Math.max(...[...images].map(([stratum, count]) => count / totals[stratum]!)),
  );
  return order.sort((a, b) => sizes[b]! - sizes[a]!);
}

/** Counts the units of labels that are left, and those in each part. */
function createLabelCounts(units: readonly SplitUnit[]) {
  const left = new Map<number, number>();
  const placed = new Map<number, number[]>();
  for (const { label } of units) {
    left.set(label, (left.get(label) ?? 0) + 1);
    placed.set(label, []);
  }
  return {
    count(label: number, part: number, sign: 1 | -1) {
      left.set(label, left.get(label)! - sign);
      const parts = placed.get(label)!;
      parts[part] = (parts[part] ?? 0) + sign;
    },
    /** Whether a part has no other unit of the label. */
    isLast: (label: number, part: number) => placed.get(label)![part] === 1,
    /** Parts that wait for a unit of the label, where no more units are left than such parts. */
    listDue(label: number, parts: readonly number[]): number[] {
      const empty = parts.filter((part) => !placed.get(label)![part]);
      return left.get(label)! <= empty.length ? empty : [];
    },
  };
}
