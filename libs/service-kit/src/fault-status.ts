import { Fault, type FaultKind, type FieldViolation } from '@holdfast/fault';
import { BadRequest } from '@holdfast/proto/google/rpc/error_details';
import { Status as RpcStatus } from '@holdfast/proto/google/rpc/status';
import { Status } from 'nice-grpc';

const codes: Readonly<Record<FaultKind, Status>> = {
  invalid: Status.INVALID_ARGUMENT,
  'not-found': Status.NOT_FOUND,
  precondition: Status.FAILED_PRECONDITION,
  aborted: Status.ABORTED,
  exhausted: Status.RESOURCE_EXHAUSTED,
  unavailable: Status.UNAVAILABLE,
  cancelled: Status.CANCELLED,
  unauthenticated: Status.UNAUTHENTICATED,
  internal: Status.INTERNAL,
};

const kinds: ReadonlyMap<Status, FaultKind> = new Map<Status, FaultKind>([
  ...(Object.entries(codes) as [FaultKind, Status][]).map(([kind, code]) => [code, kind] as const),
  // Codes that Holdfast never sends, but grpc-js or a proxy may.
  [Status.DEADLINE_EXCEEDED, 'unavailable'],
  [Status.PERMISSION_DENIED, 'unauthenticated'],
  [Status.OUT_OF_RANGE, 'invalid'],
  [Status.ALREADY_EXISTS, 'precondition'],
  // A peer of another version.
  [Status.UNIMPLEMENTED, 'precondition'],
]);

/** Trailer that carries a serialised google.rpc.Status. */
export const detailsTrailer = 'grpc-status-details-bin';

const badRequestType = 'type.googleapis.com/google.rpc.BadRequest';

// Message and details travel in HTTP/2 headers, of which peers accept 8 to 16 KiB in all. The message is
// percent-encoded there: a Chinese character takes nine bytes.
const messageMaxBytes = 2048;
const violationsMaxBytes = 4096;

/** A fault as a gRPC status. */
export interface FaultStatus {
  readonly code: Status;
  readonly message: string;
  /** google.rpc.Status with google.rpc.BadRequest; absent without violations. */
  readonly details?: Uint8Array;
}

/** The status that a fault becomes on the wire; what does not fit into headers is cut and said to be. */
export function encodeFault(fault: Fault): FaultStatus {
  const code = codes[fault.kind];
  const message = fitMessage(fault.message);
  if (fault.violations.length === 0) return { code, message };
  const request = BadRequest.fromPartial({ fieldViolations: fitViolations(fault.violations) });
  const details = RpcStatus.encode(
    RpcStatus.fromPartial({
      code,
      // Said once, in grpc-message: headers are short.
      message: '',
      details: [
        { typeUrl: badRequestType, value: Buffer.from(BadRequest.encode(request).finish()) },
      ],
    }),
  ).finish();
  return { code, message, details };
}

/** The fault that a status on the wire stood for. Unknown codes and details are tolerated. */
export function decodeFault(status: FaultStatus, cause?: unknown): Fault {
  return new Fault(kinds.get(status.code) ?? 'internal', status.message, {
    violations: status.details === undefined ? [] : decodeViolations(status.details),
    cause,
  });
}

function decodeViolations(details: Uint8Array): readonly FieldViolation[] {
  try {
    return RpcStatus.decode(details)
      .details.filter(({ typeUrl }) => typeUrl === badRequestType)
      .flatMap(({ value }) => BadRequest.decode(value).fieldViolations)
      .map(({ field, description }) => ({ field, description }));
  } catch {
    // Details that another peer garbled must not hide the status itself.
    return [];
  }
}

/** As many violations as fit, and one that says how many did not. */
function fitViolations(violations: readonly FieldViolation[]): FieldViolation[] {
  let bytes = 0;
  const count = violations.findIndex(({ field, description }) => {
    bytes += Buffer.byteLength(field) + Buffer.byteLength(description) + 8;
    return bytes > violationsMaxBytes;
  });
  if (count === -1) return [...violations];
  const rest = `and ${violations.length - count} more`;
  return [...violations.slice(0, count), { field: '', description: rest }];
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
