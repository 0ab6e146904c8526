/** How a measure is distributed over images, and which of them stand out. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly least: number;
  readonly p05: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
  /** Values below or above stand out; null where that side is not asked about. */
  readonly low: number | null;
  readonly high: number | null;
  readonly outliers: number;
  /** Rows that stand out, with their values, the first the most. */
  readonly listed: readonly { readonly row: number; readonly value: number }[];
}

/** A measure to describe. */
export interface MeasureSettings {
  readonly name: string;
  readonly unit: string;
  readonly read: (row: number) => number;
  /** Sides on which a value may stand out. */
  readonly sides: 'low' | 'both';
  /** Of a measure that spans magnitudes, the logarithm of 1 + value is judged. */
  readonly isLogarithmic: boolean;
}

/** Modified z-score beyond which a value stands out. */
const scoreMax = 3.5;
const listedMax = 50;

/**
 * Describes a measure and finds what stands out by the modified z-score,
 *
 *   M = 0.6745 (x - median) / MAD,   |M| > 3.5,
 *
 * where MAD is the median of |x - median|; where more than half of the values are the same and MAD is 0,
 * M = (x - median) / (1.2533 mean |x - median|).
 * Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993.
 */
export function describeMeasure(rows: readonly number[], settings: MeasureSettings): Measure {
  const { name, unit, read, sides, isLogarithmic } = settings;
  const shape = (value: number) => (isLogarithmic ? Math.log1p(value) : value);
  const unshape = (value: number) => (isLogarithmic ? Math.expm1(value) : value);
  const shaped = Float64Array.from(rows, (row) => shape(read(row))).sort();
  const median = quantile(shaped, 0.5);
  const scale = findScale(shaped, median);
  const low = median - scoreMax * scale;
  const high = sides === 'both' ? median + scoreMax * scale : Number.POSITIVE_INFINITY;
  const outliers = rows.filter((row) => {
    const value = shape(read(row));
    return value < low || value > high;
  });
  const distance = (row: number) => Math.abs(shape(read(row)) - median);
  const at = (share: number) => unshape(quantile(shaped, share));
  return {
    name,
    unit,
    least: at(0),
    p05: at(0.05),
    median: at(0.5),
    p95: at(0.95),
    most: at(1),
    low: unshape(low),
    high: sides === 'both' ? unshape(high) : null,
    outliers: outliers.length,
    listed: outliers
      .sort((a, b) => distance(b) - distance(a) || a - b)
      .slice(0, listedMax)
      .map((row) => ({ row, value: read(row) })),
  };
}

/** What a modified z-score of 1 is. */
function findScale(sorted: Float64Array, median: number): number {
  const deviations = Float64Array.from(sorted, (value) => Math.abs(value - median)).sort();
  const mad = quantile(deviations, 0.5);
  if (mad > 0) return mad / 0.6745;
  return 1.2533 * (deviations.reduce((sum, value) => sum + value, 0) / deviations.length);
}

/** Of sorted values, the nearest rank below; 0 of none. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
