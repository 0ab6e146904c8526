import { confinePath } from '@holdfast/artifacts';
import type { ViolationCollector } from '@holdfast/service-kit';

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
  const outcome = await confinePath(path, roots).then(
    (real) => ({ real }),
    (error: unknown) => ({ error }),
  );
  if ('real' in outcome) return outcome.real;
  violations.attempt(() => {
    throw outcome.error;
  });
  return '';
}
