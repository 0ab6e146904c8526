import type { ViolationCollector } from '@holdfast/service-kit';

/** Whether a model, version or alias may be called so: metrics and URLs have it. */
export function isServedName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(name);
}

/** Records a violation unless a required name is one. */
export function requireServedName(
  name: string,
  field: string,
  violations: ViolationCollector,
): void {
  violations.require(
    isServedName(name),
    field,
    "is required: 1 to 64 of letters, digits, '.', '_' and '-'",
  );
}
