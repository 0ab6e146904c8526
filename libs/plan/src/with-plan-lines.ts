import { Fault, type FaultKind, isFault } from '@holdfast/fault';
import { locateFault } from './plan-location.js';

/** A plan's text and what to call it. */
export interface NamedPlan {
  readonly name: string;
  readonly text: string;
}

const planFaults: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'invalid',
  'not-found',
  'precondition',
]);

/** Whether an error is one that a person mends in the plan, or in what it names. */
export function isPlanFault(error: unknown): error is Fault {
  return isFault(error) && planFaults.has(error.kind);
}

/**
 * Does work that a plan asks for. What turns out to be wrong with the plan, or with what it names, is
 * thrown with the plan's name before it and the lines of its fields.
 */
export async function withPlanLines<T>(
  { name, text }: NamedPlan,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    const { kind, message, violations } = locateFault(error, text);
    throw new Fault(kind, `${name}: ${message}`, { violations, cause: error });
  }
}
