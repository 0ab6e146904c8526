/** What stands where a number is missing or not finite. */
const absent = '–';
const minus = '−';

/** A fraction as a percentage: 0.9124 is "91.2%". */
export function formatPercent(fraction: number | undefined, digits = 1): string {
  if (fraction === undefined || !Number.isFinite(fraction)) return absent;
  return `${formatFixed(fraction * 100, digits)}%`;
}

/** A level or share as a percentage without trailing zeros: 0.95 is "95%", 0.975 is "97.5%". */
export function formatShare(fraction: number): string {
  if (!Number.isFinite(fraction)) return absent;
  return `${Number((fraction * 100).toFixed(2))}%`;
}

/** A fraction in percentage points without sign or trailing zeros: 0.05 is "5". */
export function formatPlainPoints(fraction: number): string {
  if (!Number.isFinite(fraction)) return absent;
  return formatFixed(fraction * 100, 2).replace(/\.?0+$/, '');
}

/** A change of a fraction in percentage points, signed: -0.061 is "−6.1". */
export function formatPoints(change: number | undefined, digits = 1): string {
  if (change === undefined || !Number.isFinite(change)) return absent;
  return formatSigned(change * 100, digits);
}

/** A signed number with fixed digits; what rounds to zero has no sign. */
export function formatSigned(value: number, digits: number): string {
  if (!Number.isFinite(value)) return absent;
  const text = formatFixed(value, digits);
  return Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

/** A number with fixed digits and a real minus sign. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return absent;
  const rounded = value.toFixed(digits);
  if (Number(rounded) === 0) return rounded.replace('-', '');
  return rounded.replace('-', minus);
}

/** A count with thousands separated: 12345 is "12,345". */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return absent;
  return String(count)
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
    .replace('-', minus);
}

/** Counts as one: "8" where they agree, "8–12" where they do not. */
export function formatRange(counts: readonly number[]): string {
  if (counts.length === 0) return absent;
  const [low, high] = [Math.min(...counts), Math.max(...counts)];
  return low === high ? formatCount(low) : `${formatCount(low)}–${formatCount(high)}`;
}

/** A count and its noun: "1 image", "12 images". */
export function formatCounted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number of any size with three significant digits: 0.000123 is "1.23e−4". */
export function formatSignificant(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return absent;
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(2);
  return text.replaceAll('-', minus).replace('e+', 'e');
}

/** A p-value: three decimals, "<0.001" below them. */
export function formatProbability(probability: number): string {
  if (!Number.isFinite(probability)) return absent;
  return probability < 0.001 ? '<0.001' : probability.toFixed(3);
}
