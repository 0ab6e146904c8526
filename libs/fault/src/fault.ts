/** What kind of failure a {@link Fault} is; each kind is one gRPC status and one reason. */
export type FaultKind =
  /** Malformed input: INVALID_ARGUMENT. */
  | 'invalid'
  /** Unknown run, model or file: NOT_FOUND. */
  | 'not-found'
  /** The service does not have this run open, or was started again since: NOT_FOUND. */
  | 'not-open'
  /** Right call at the wrong moment: FAILED_PRECONDITION. */
  | 'precondition'
  /** The encoder keeps another batch, or none: FAILED_PRECONDITION. */
  | 'not-retained'
  /** Weights, gradient or state are those of another step: FAILED_PRECONDITION. */
  | 'out-of-step'
  /** Two writers: ABORTED. */
  | 'aborted'
  /** A number of training is not finite, also of a user's module: ABORTED. */
  | 'diverged'
  /** A limit was reached: RESOURCE_EXHAUSTED. */
  | 'exhausted'
  /** No room is left where it writes: RESOURCE_EXHAUSTED. */
  | 'disk-full'
  /** Draining, or a dependency is down: UNAVAILABLE. */
  | 'unavailable'
  /** The caller went away or asked to stop: CANCELLED. */
  | 'cancelled'
  /** No or a wrong token: UNAUTHENTICATED. */
  | 'unauthenticated'
  /** A caller that is known and may not do this: PERMISSION_DENIED. */
  | 'forbidden'
  /** Holdfast's own broken invariant: INTERNAL. */
  | 'internal';

/** One field of the input that is wrong. */
export interface FieldViolation {
  /** Path of the field: `protected[2].tolerance`, `model.safetensors: visual_projection.weight`. */
  readonly field: string;
  /** What is wrong with it and what would be right. */
  readonly description: string;
}

/** What a {@link Fault} says beside its kind and message. */
export interface FaultOptions {
  readonly violations?: readonly FieldViolation[] | undefined;
  /** See {@link Fault.retryAfterMs}; only `unavailable` and `exhausted` take it. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Milliseconds until what is unavailable may be there again: about the start of a service. */
const restartMs = 1000;

/** Milliseconds to wait while other runs fill a service: a run takes minutes to hours. */
export const runsEndMs = 30_000;

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
  /**
   * Milliseconds after which the same call may work; undefined where repeating it cannot help. Every
   * `unavailable` has one, by default a second; an `exhausted` only if the limit is one that others free.
   */
  readonly retryAfterMs: number | undefined;

  constructor(kind: FaultKind, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.violations = options.violations ?? [];
    this.retryAfterMs = chooseDelay(kind, options.retryAfterMs);
  }
}

/** The delay as given, where the kind takes one at all. */
function chooseDelay(kind: FaultKind, given: number | undefined): number | undefined {
  if (kind === 'unavailable') return given ?? restartMs;
  return kind === 'exhausted' ? given : undefined;
}

/** Whether a value thrown anywhere is a {@link Fault}. */
export function isFault(error: unknown): error is Fault {
  return error instanceof Fault;
}
