import { confinePath } from '@holdfast/artifacts';
import { isFault } from '@holdfast/fault';
import type { ViolationCollector } from './collect-violations.js';

/**
 * The real path of a required field, which must lie inside the service's roots. What is wrong goes to
 * `violations`; the answer is then empty.
 */
export async function confineField(
  path: string,
  field: string,
  { roots, violations }: { roots: readonly string[]; violations: ViolationCollector },
): Promise<string> {
  if (!violations.require(path !== '', field, 'is required')) return '';
  try {
    return await confinePath(path, roots);
  } catch (error) {
    if (!isFault(error) || error.kind !== 'invalid') throw error;
    violations.add(field, error.message);
    return '';
  }
}
