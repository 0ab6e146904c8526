import type { AdapterFactors } from './merge-adapter.js';
import type { ParameterEntry, ParameterLayout } from './parameter-layout.js';
import { nameAdapter } from './partition-parameters.js';

/** What becomes of a parameter: other values, an adapter to merge, or nothing. */
export type Change = Float32Array | AdapterFactors | undefined;

/** Says, by a parameter's name, what becomes of it. */
export type FindChange = (parameter: string) => Promise<Change>;

/** The changes that an array of a layout's parameters stands for: values, and adapters of `adapterScale`. */
export function changeByArray({
  layout,
  parameters,
  adapterScale: scale,
}: {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly adapterScale?: number | undefined;
}): FindChange {
  const entries = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const valuesOf = ({ offset, size }: ParameterEntry) => parameters.subarray(offset, offset + size);
  return async (name) => {
    const entry = entries.get(name);
    if (entry !== undefined) return valuesOf(entry);
    const layer = name.replace(/[.]weight$/, '');
    const [A, B] = [entries.get(nameAdapter(layer, 'A')), entries.get(nameAdapter(layer, 'B'))];
    if (A === undefined || B === undefined) return undefined;
    if (scale === undefined) throw new RangeError(`the adapter of ${layer} has no scale`);
    return { A: valuesOf(A), B: valuesOf(B), rank: A.shape[0]!, scale };
  };
}
