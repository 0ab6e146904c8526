import { nameObjects } from '@holdfast/artifacts';
import { Fault, type FaultKind } from '@holdfast/fault';
import { Status } from 'nice-grpc';
import { decodeDetails, encodeDetails } from './fault-details.js';

// Of kinds with the same code the last one is what the code alone says.
const codes: Readonly<Record<FaultKind, Status>> = {
  invalid: Status.INVALID_ARGUMENT,
  'not-open': Status.NOT_FOUND,
  'not-found': Status.NOT_FOUND,
  'not-retained': Status.FAILED_PRECONDITION,
  'out-of-step': Status.FAILED_PRECONDITION,
  precondition: Status.FAILED_PRECONDITION,
  diverged: Status.ABORTED,
  aborted: Status.ABORTED,
  'disk-full': Status.RESOURCE_EXHAUSTED,
  exhausted: Status.RESOURCE_EXHAUSTED,
  unavailable: Status.UNAVAILABLE,
  cancelled: Status.CANCELLED,
  unauthenticated: Status.UNAUTHENTICATED,
  forbidden: Status.PERMISSION_DENIED,
  internal: Status.INTERNAL,
};

const kinds: ReadonlyMap<Status, FaultKind> = new Map<Status, FaultKind>([
  ...(Object.entries(codes) as [FaultKind, Status][]).map(([kind, code]) => [code, kind] as const),
  // Codes that Holdfast never sends, but grpc-js or a proxy may.
  [Status.DEADLINE_EXCEEDED, 'unavailable'],
  [Status.OUT_OF_RANGE, 'invalid'],
  [Status.ALREADY_EXISTS, 'precondition'],
  // A peer of another version.
  [Status.UNIMPLEMENTED, 'precondition'],
]);

/** Trailer that carries a serialised google.rpc.Status. */
export const detailsTrailer = 'grpc-status-details-bin';

/** Trailer by which gRPC's own retries wait as long as RetryInfo says. */
export const pushbackTrailer = 'grpc-retry-pushback-ms';

// Message and details travel in HTTP/2 headers, of which peers accept 8 to 16 KiB in all. The message is
// percent-encoded there: a Chinese character takes nine bytes.
const messageMaxBytes = 2048;

/** A gRPC status that stands for a fault. */
export interface FaultStatus {
  readonly code: Status;
  readonly message: string;
  /** A serialised google.rpc.Status; absent where the transport failed, not a handler. */
  readonly details?: Uint8Array;
}

/**
 * The status that a fault becomes on the wire; what does not fit into headers is cut and said to be.
 *
 * @param path the call that failed, `/package.Service/Method`
 */
export function encodeFault(fault: Fault, path: string): Required<FaultStatus> {
  const { kind, violations, retryAfterMs } = fault;
  const code = codes[kind];
  const message = fitMessage(nameObjects(fault.message));
  const details = encodeDetails({ code, message, kind, violations, retryAfterMs, path });
  return { code, message, details };
}

/**
 * The fault that a status on the wire stood for. Its reason decides the kind, or its code where there is
 * none. Unknown codes and details are tolerated.
 */
export function decodeFault(status: FaultStatus, cause?: unknown): Fault {
  const details = status.details && decodeDetails(status.details);
  const kind = details?.kind ?? kinds.get(status.code) ?? 'internal';
  const { violations, retryAfterMs } = details ?? {};
  return new Fault(kind, status.message, { violations, retryAfterMs, cause });
}

/** As much of a message as fits, in sound UTF-16: half a surrogate pair cannot be percent-encoded. */
function fitMessage(text: string): string {
  const sound = Buffer.from(text.slice(0, messageMaxBytes)).toString();
  if (text.length <= messageMaxBytes && encodeURI(sound).length <= messageMaxBytes) return sound;
  let fitting = '';
  let bytes = '...'.length;
  for (const character of sound) {
    bytes += encodeURI(character).length;
    if (bytes > messageMaxBytes) break;
    fitting += character;
  }
  return `${fitting}...`;
}
