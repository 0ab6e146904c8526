/** Where a statement and what was found differ. */
export interface Difference {
  /** In the document: `protected.0.negativeFlips`. */
  readonly path: string;
  readonly stated: unknown;
  readonly found: unknown;
}

/**
 * Numbers that come of another processor, or of another number of threads, are this near to each other, relative to
 * the larger of the stated one and 1. Counts are whole numbers, of which none may differ.
 */
export const numberTolerance = 1e-5;

/** Compares everything that a document states with what was found; what it does not state is not missed. */
export function findDifferences(stated: unknown, found: unknown, path = ''): Difference[] {
  if (typeof stated === 'number' && typeof found === 'number') {
    return isNear(stated, found) ? [] : [{ path, stated, found }];
  }
  if (!isContainer(stated) || !isContainer(found)) {
    return stated === found ? [] : [{ path, stated, found }];
  }
  const [statedCount, foundCount] = [countItems(stated), countItems(found)];
  if (statedCount !== foundCount) {
    return [{ path: join(path, 'length'), stated: statedCount, found: foundCount }];
  }
  return Object.entries(stated).flatMap(([key, value]) =>
    findDifferences(value, found[key], join(path, key)),
  );
}

function isNear(stated: number, found: number): boolean {
  if (Number.isInteger(stated) && Number.isInteger(found)) return stated === found;
  return Math.abs(stated - found) <= numberTolerance * Math.max(1, Math.abs(stated));
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function countItems(container: object): number | undefined {
  return Array.isArray(container) ? container.length : undefined;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
