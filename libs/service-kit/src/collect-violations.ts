import { Fault, type FieldViolation, isFault } from '@holdfast/fault';

/** Finds everything wrong with a request before refusing it once. */
export interface ViolationCollector {
  /** Records a violation of `field` unless `holds`; answers `holds`. */
  require(holds: boolean, field: string, description: string): boolean;
  /** Records a violation. */
  add(field: string, description: string): void;
  /**
   * Runs a parser that refuses with a Fault, and records what it refuses; of `field` where the Fault names none.
   * @returns its result, or undefined if it refused
   */
  attempt<T>(parse: () => T, field?: string): T | undefined;
  readonly violations: readonly FieldViolation[];
  /** @throws Fault `invalid` naming every violation, if there are any. */
  throwIfAny(): void;
}

/** A message that lists violations stays readable up to about this many. */
const listedMax = 8;

/**
 * Makes a collector of field violations.
 *
 *   const violations = collectViolations('Estimate');
 *   violations.require(request.runId !== '', 'run_id', 'is required');
 *   const images = violations.attempt(() => toMatrix(request.imageEmbeddings, 'image_embeddings'));
 *   violations.throwIfAny();
 *
 * @param what names the input in the message: `Estimate`, `the plan`
 */
export function collectViolations(what: string): ViolationCollector {
  const violations: FieldViolation[] = [];
  const add = (field: string, description: string) => {
    violations.push({ field, description });
  };
  return {
    violations,
    add,
    require(holds, field, description) {
      if (!holds) add(field, description);
      return holds;
    },
    attempt(parse, field = '') {
      try {
        return parse();
      } catch (error) {
        if (!isFault(error) || error.kind !== 'invalid') throw error;
        if (error.violations.length > 0) violations.push(...error.violations);
        else add(field, error.message);
        return undefined;
      }
    },
    throwIfAny() {
      if (violations.length === 0) return;
      throw new Fault('invalid', `${what} is invalid: ${listViolations(violations)}`, {
        violations,
      });
    },
  };
}

/** Violations as one line: `run_id is required; step must be ...`. */
function listViolations(violations: readonly FieldViolation[]): string {
  const listed = violations
    .slice(0, listedMax)
    .map(({ field, description }) => (field === '' ? description : `${field} ${description}`));
  const rest = violations.length - listed.length;
  return `${listed.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}
