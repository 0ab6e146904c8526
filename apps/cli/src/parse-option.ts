import { threadsMax } from '@holdfast/plan';
import { InvalidArgumentError } from 'commander';

const units = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

/** Bytes of `512MiB`, `4G`, `1.5 gib`; every unit counts in 1024. */
export function parseSize(text: string): number {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt])(?:i?b)?\s*$/i.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new InvalidArgumentError('Write a size like 512MiB or 4GiB.');
  }
  return Math.floor(Number(amount) * units[unit.toLowerCase() as keyof typeof units]);
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  return parseWhole(text, 1);
}

/** A number of threads, as many as a plan may name. */
export function parseThreads(text: string): number {
  const count = parseCount(text);
  if (count > threadsMax) throw new InvalidArgumentError(`At most ${threadsMax} threads.`);
  return count;
}

/** A number of threads beside the main one; 0: none. */
export function parseThreadsOrNone(text: string): number {
  return Number(text) === 0 ? parseCountOrNone(text) : parseThreads(text);
}

/** A whole number of at least 0. */
export function parseCountOrNone(text: string): number {
  return parseWhole(text, 0);
}

/** A whole number, also one below 0. */
export function parseInteger(text: string): number {
  return parseWhole(text, Number.MIN_SAFE_INTEGER);
}

function parseWhole(text: string, least: number): number {
  const count = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(count) || count < least) {
    const limit = least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`;
    throw new InvalidArgumentError(`Write a whole number${limit}.`);
  }
  return count;
}

/** A number of at least 0. */
export function parseNumber(text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (!(number >= 0 && Number.isFinite(number))) {
    throw new InvalidArgumentError('Write a number of at least 0.');
  }
  return number;
}

/** Numbers with commas between them, also below 0. */
export function parseNumbers(text: string): number[] {
  return text.split(',').map((part) => {
    const number = part.trim() === '' ? Number.NaN : Number(part);
    if (!Number.isFinite(number)) {
      throw new InvalidArgumentError('Write numbers with commas between them, like 0.7,0.3.');
    }
    return number;
  });
}

/** A fraction from 0 to 1. */
export function parseFraction(text: string): number {
  const fraction = text.trim() === '' ? Number.NaN : Number(text);
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new InvalidArgumentError('Write a fraction from 0 to 1, like 0.05.');
  }
  return fraction;
}
