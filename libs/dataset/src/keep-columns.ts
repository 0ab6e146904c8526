import { Fault } from '@holdfast/fault';
import { listSome } from './compare-text.js';
import type { OtherColumn } from './manifest-columns.js';

/** Columns of a manifest that are kept, and those that nobody asked for. */
export interface KeptColumns {
  /** In the order in which they were asked for, by their names in lower case. */
  readonly kept: readonly OtherColumn[];
  readonly ignored: readonly OtherColumn[];
}

/**
 * Finds columns that were asked for among those that not every manifest has.
 *
 * @param asked their names in lower case
 * @throws Fault `invalid` if one is missing or there twice.
 */
export function keepColumns(
  others: readonly OtherColumn[],
  asked: readonly string[],
  path: string,
): KeptColumns {
  const named = others.map(({ name, index }) => ({
    name: name.toLowerCase().normalize('NFC'),
    index,
  }));
  const kept = asked.flatMap((name) => {
    const [found, ...more] = named.filter((other) => other.name === name);
    if (more.length > 0) throw new Fault('invalid', `${path}: the header names the ${name} twice`);
    return found ?? [];
  });
  const missing = asked.filter((name) => !kept.some((column) => column.name === name));
  if (missing.length > 0) {
    const names = others.map(({ name }) => name).filter((name) => name !== '');
    const has = names.length === 0 ? 'it has no further columns' : `it has ${listSome(names)}`;
    throw new Fault(
      'invalid',
      `${path} has no column ${missing.join(', ')}, which slices of the plan are about; beside what every manifest has ${has}`,
    );
  }
  const places = new Set(kept.map(({ index }) => index));
  return { kept, ignored: others.filter(({ index }) => !places.has(index)) };
}
