import { Fault, type FaultKind, type FieldViolation, isFault } from './fault.js';
import { nameFullDisk } from './full-disk.js';

/** An error on its way from one thread to another: a class does not survive the passage, its fields do. */
export interface PackedFault {
  readonly kind: FaultKind;
  readonly message: string;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs?: number | undefined;
  readonly stack?: string | undefined;
}

/** Takes an error apart. What is not a Fault is a broken invariant: `internal`, with its stack. */
export function packFault(thrown: unknown): PackedFault {
  const error = nameFullDisk(thrown);
  if (isFault(error)) {
    const { kind, message, violations, retryAfterMs } = error;
    return { kind, message, violations, retryAfterMs };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'internal', message, violations: [], stack };
}

/** Puts an error together again. */
export function unpackFault({ kind, message, stack, ...rest }: PackedFault): Fault {
  return new Fault(kind, message, { ...rest, cause: stack });
}
