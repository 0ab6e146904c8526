/** Maps values of one axis to percent of its length. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  /** Round values inside the domain. */
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly digits: number;
  /** Percent from the start of the axis, held inside 0 to 100. */
  position(value: number): number;
}

export interface ScaleOptions {
  /** Values that the domain must hold beside the data. */
  readonly include?: readonly number[];
  /** About how many ticks; default 5. */
  readonly tickCount?: number;
  /** Share of the span added at both ends; default 0. */
  readonly pad?: number;
  /** Widen the domain to whole ticks. */
  readonly round?: boolean;
}

/** A linear scale that holds every finite value. Without a finite value it spans 0 to 1. */
export function createScale(values: Iterable<number>, options: ScaleOptions = {}): Scale {
  const [low, high] = findDomain([...values, ...(options.include ?? [])]);
  const span = high - low;
  const pad = span * (options.pad ?? 0);
  const step = chooseStep(span + 2 * pad, options.tickCount ?? 5);
  const min = options.round ? Math.floor(low / step + 1e-9) * step : low - pad;
  const max = options.round ? Math.ceil(high / step - 1e-9) * step : high + pad;
  const ticks: number[] = [];
  for (let k = Math.ceil(min / step - 1e-9); k * step <= max + step * 1e-9; k += 1) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  return {
    min,
    max,
    ticks,
    digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
    position: (value) => Math.min(100, Math.max(0, ((value - min) / (max - min)) * 100)),
  };
}

function findDomain(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  if (low < high) return [low, high];
  const room = Math.abs(low) * 0.1 || 1;
  return [low - room, low + room];
}

/** 1, 2 or 5 times a power of ten. */
function chooseStep(span: number, tickCount: number): number {
  const rough = span / tickCount;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}
