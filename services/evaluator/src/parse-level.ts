import type { ViolationCollector } from '@holdfast/service-kit';

/** The level where a request names none. */
const defaultLevel = 0.05;

/** The level of a request, 0 standing for 0.05; what is wrong with it goes to `violations`. */
export function parseLevel(level: number, violations: ViolationCollector): number {
  violations.require(
    level >= 0 && level < 0.5,
    'level',
    `must be in (0, 0.5), or 0 for ${defaultLevel}; is ${level}`,
  );
  return level === 0 ? defaultLevel : level;
}
