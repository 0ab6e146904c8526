import { Fault, isFault } from './fault.js';

/**
 * One error of several, so that everything that is wrong is said at once. What is no Fault explains the
 * others, and is given back alone.
 */
export function joinFaults(errors: readonly unknown[]): unknown {
  const unknown = errors.find((error) => !isFault(error));
  if (unknown !== undefined || errors.length === 1) return unknown ?? errors[0];
  const faults = errors.filter(isFault);
  return new Fault('invalid', faults.map(({ message }) => message).join('\n'), {
    violations: faults.flatMap(({ violations }) => violations),
    cause: errors[0],
  });
}
