/** What kind of failure a {@link Fault} is; each kind is one gRPC status and one exit code. */
export type FaultKind =
  /** Malformed input: INVALID_ARGUMENT. */
  | 'invalid'
  /** Unknown run, model or file: NOT_FOUND. */
  | 'not-found'
  /** Right call at the wrong moment: FAILED_PRECONDITION. */
  | 'precondition'
  /** Two writers, or a step that must not be applied: ABORTED. */
  | 'aborted'
  /** A limit was reached: RESOURCE_EXHAUSTED. */
  | 'exhausted'
  /** Draining, or a dependency is down: UNAVAILABLE. */
  | 'unavailable'
  /** The caller went away or asked to stop: CANCELLED. */
  | 'cancelled'
  /** No or a wrong token: UNAUTHENTICATED. */
  | 'unauthenticated'
  /** Holdfast's own broken invariant: INTERNAL. */
  | 'internal';

/** One field of the input that is wrong. */
export interface FieldViolation {
  /** Path of the field: `protected[2].tolerance`, `model.safetensors: visual_projection.weight`. */
  readonly field: string;
  /** What is wrong with it and what would be right. */
  readonly description: string;
}

/**
 * The one error type of Holdfast: what is wrong, where, and what to do.
 *
 * Thrown by libraries and handlers, turned into a gRPC status in one place (service-kit) and into a
 * message and an exit code in one place (cli).
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: FaultKind;
  readonly violations: readonly FieldViolation[];

  constructor(
    kind: FaultKind,
    message: string,
    options: { readonly violations?: readonly FieldViolation[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.violations = options.violations ?? [];
  }
}

/** Whether a value thrown anywhere is a {@link Fault}. */
export function isFault(error: unknown): error is Fault {
  return error instanceof Fault;
}
