import { Fault } from '@holdfast/fault';
import { isGradientArray } from '../memory/array-name.js';
import type { NamedArray } from './array-reference.js';

/** @throws Fault `invalid` that names `field` for the array that is never written. */
export function refuseReference({ array }: NamedArray, field: string): void {
  if (array !== 'reference') return;
  throw refuseArray(
    field,
    'is `reference`, the model that the run was opened with: it is not written',
  );
}

/** @throws Fault `invalid` that names `field` for an array to which nothing is added. */
export function requireGradient({ array }: NamedArray, field: string): void {
  if (isGradientArray(array)) return;
  throw refuseArray(field, `is \`${array}\`; arrays are added to gradients only`);
}

function refuseArray(reference: string, description: string): Fault {
  const field = `${reference}.array`;
  return new Fault('invalid', `${field} ${description}`, { violations: [{ field, description }] });
}
