/** Units of an 8-bit pixel in [0, 1]. */
const units = 255;
/** Digits that a share keeps in units of 1/255. */
const digits = 12;

/** A share of a pixel's range in units of 1/255, as a plan writes it: `1/255` and `0.00392156862745` are 1. NaN if it is none. */
export function parsePixelShare(text: string): number {
  const [, written] = /^(\d+(?:\.\d+)?)\/255$/.exec(text) ?? [];
  const isNumber = /^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text);
  const value =
    written === undefined ? units * Number(isNumber ? text : Number.NaN) : Number(written);
  return value <= units ? roundUnits(value) : Number.NaN;
}

/** Without what decimal numbers leave of thirds. */
export function roundUnits(value: number): number {
  return Number(value.toPrecision(digits));
}
