import { confineField, type ViolationCollector } from '@holdfast/service-kit';
import { toPath } from './to-path.js';

/**
 * The real path of a required field that is a URI, which must name something inside the service's roots. What is wrong
 * goes to `violations`; the answer is then empty.
 */
export async function confineUri(
  uri: string,
  field: string,
  place: { roots: readonly string[]; violations: ViolationCollector },
): Promise<string> {
  const { violations } = place;
  if (!violations.require(uri !== '', field, 'is required')) return '';
  const path = violations.attempt(() => toPath(uri), field);
  return path === undefined ? '' : confineField(path, field, place);
}
