import type { ViolationCollector } from '@holdfast/service-kit';

/** The level where a request names none. */
const defaultLevel = 0.05;
/** A level is divided by tasks and by sets of them: less would become 0. */
const levelMin = 1e-9;

/** The level of a request, by default 0.05; what is wrong with it goes to `violations`. */
export function parseLevel(given: number | undefined, violations: ViolationCollector): number {
  const level = given ?? defaultLevel;
  violations.require(
    level >= levelMin && level < 0.5,
    'level',
    `must be in (0, 0.5) and at least ${levelMin}, or absent for ${defaultLevel}; is ${level}`,
  );
  return level;
}
