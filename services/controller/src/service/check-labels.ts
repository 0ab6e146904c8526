import type { ViolationCollector } from '@holdfast/service-kit';

const labelsMax = 64;
const keyPattern = /^[a-z][a-z0-9_./-]{0,62}$/;
const valueLengthMax = 256;

/** Records what is wrong with labels, the field `labels`. */
export function checkLabels(
  labels: Readonly<Record<string, string>>,
  violations: ViolationCollector,
): void {
  const entries = Object.entries(labels);
  violations.require(entries.length <= labelsMax, 'labels', `must be at most ${labelsMax}`);
  for (const [key, value] of entries.slice(0, labelsMax)) {
    const isKey = keyPattern.test(key);
    if (!isKey) {
      const shown = JSON.stringify(key.slice(0, 64));
      const rule = 'must have 1 to 63 of a-z, 0-9, "_", "-", "." and "/", a letter first';
      violations.add('labels', `key ${shown} ${rule}`);
    } else if (value.length > valueLengthMax) {
      violations.add(`labels["${key}"]`, `must have at most ${valueLengthMax} characters`);
    }
  }
}
