import { sha256 } from '@holdfast/artifacts';
import type { ParameterLayout } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';

/** How every parameter-sized array of a run is laid out. */
export interface ArrayLayout {
  /** Identity of all of this, in hexadecimal. */
  readonly sha256: string;
  /** Elements of an array, padding included. */
  readonly length: number;
  /** In the order in which they lie in an array. */
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    /** First element. */
    readonly offset: number;
  }[];
}

/**
 * Describes a layout. Its identity is the sha256 of one line a parameter, `name float32 [d0,d1] offset`, and one
 * with the length: two models whose arrays are equally long but not alike have different ones.
 */
export function describeLayout({ entries, length }: ParameterLayout): ArrayLayout {
  const parameters = entries.map(({ name, shape, offset }) => ({ name, shape, offset }));
  const lines = parameters.map(
    ({ name, shape, offset }) => `${name} float32 [${shape.join(',')}] ${offset}\n`,
  );
  return { sha256: sha256(`${lines.join('')}${length}\n`), length, parameters };
}

/** @throws Fault `invalid` that names `field` if an array is of another layout than a run's, whatever its length. */
export function requireLayout(
  { sha256: own }: Pick<ArrayLayout, 'sha256'>,
  found: string,
  { runId, field }: { readonly runId: string; readonly field: string },
): void {
  if (found === own) return;
  const description = `is '${found}', that of run ${runId} is '${own}': the array is of other parameters, which Describe lists`;
  throw new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}
