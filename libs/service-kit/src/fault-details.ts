import type { FaultKind, FieldViolation } from '@holdfast/fault';
import type { Any } from '@holdfast/proto/google/protobuf/any';
import { BadRequest, ErrorInfo, RetryInfo } from '@holdfast/proto/google/rpc/error_details';
import { Status as RpcStatus } from '@holdfast/proto/google/rpc/status';
import { fromDuration, toDuration } from './durations.js';

/** `ErrorInfo.domain` of every error of Holdfast: the package that its protos have in common. */
export const errorDomain = 'holdfast';

/**
 * `ErrorInfo.reason` of each kind, docs/errors.md. Clients compare them: a reason is never renamed.
 */
export const reasons: Readonly<Record<FaultKind, string>> = {
  invalid: 'INVALID',
  'not-found': 'NOT_FOUND',
  'not-open': 'RUN_NOT_OPEN',
  precondition: 'PRECONDITION',
  'not-retained': 'BATCH_NOT_RETAINED',
  'out-of-step': 'OUT_OF_STEP',
  aborted: 'ABORTED',
  diverged: 'DIVERGED',
  exhausted: 'EXHAUSTED',
  'disk-full': 'DISK_FULL',
  unavailable: 'UNAVAILABLE',
  cancelled: 'CANCELLED',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'FORBIDDEN',
  internal: 'INTERNAL',
};

const kinds = new Map(Object.entries(reasons).map(([kind, reason]) => [reason, kind as FaultKind]));

// All of google.rpc.Status, before base64: with the message 8 KiB of headers hold both.
const detailsMaxBytes = 4096;

/** What a status says beside its code and message. */
export interface FaultDetails {
  /** Absent where the details are another domain's, or of a reason that is not known yet. */
  readonly kind?: FaultKind | undefined;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs?: number | undefined;
}

/** A status with details, and whose it is. */
export interface DetailedStatus extends Required<FaultDetails> {
  readonly kind: FaultKind;
  readonly code: number;
  /** The same text as in `grpc-message`. */
  readonly message: string;
  /** Path of the call, `/package.Service/Method`. */
  readonly path: string;
}

/**
 * A serialised google.rpc.Status with ErrorInfo, RetryInfo where there is a delay, and BadRequest where
 * there are violations. Violations that do not fit are counted in the last one.
 *
 * Code and message are those of the status itself: Go shows this message and no other, and Python
 * refuses details that say something else.
 */
export function encodeDetails(status: DetailedStatus): Uint8Array {
  const { code, message, kind, path, retryAfterMs, violations } = status;
  const [, service = '', method = ''] = path.split('/');
  const metadata = { service, method };
  const info = ErrorInfo.fromPartial({ reason: reasons[kind], domain: errorDomain, metadata });
  const details = [pack('ErrorInfo', ErrorInfo.encode(info).finish())];
  if (retryAfterMs !== undefined) {
    const retry = RetryInfo.fromPartial({ retryDelay: toDuration(retryAfterMs) });
    details.push(pack('RetryInfo', RetryInfo.encode(retry).finish()));
  }
  const bare = RpcStatus.encode({ code, message, details }).finish();
  if (violations.length === 0) return bare;
  const fieldViolations = fitViolations(violations, detailsMaxBytes - bare.byteLength);
  const request = BadRequest.fromPartial({ fieldViolations });
  details.push(pack('BadRequest', BadRequest.encode(request).finish()));
  return RpcStatus.encode({ code, message, details }).finish();
}

/** Reads what {@link encodeDetails} wrote. Details that are unknown or garbled must not hide the status. */
export function decodeDetails(serialised: Uint8Array): FaultDetails {
  try {
    const { details } = RpcStatus.decode(serialised);
    const find = (name: string) => details.find(({ typeUrl }) => typeUrl === typeUrlOf(name));
    const info = find('ErrorInfo');
    const retry = find('RetryInfo');
    const delay = retry && RetryInfo.decode(retry.value).retryDelay;
    const request = find('BadRequest');
    return {
      kind: info && readKind(ErrorInfo.decode(info.value)),
      violations: request === undefined ? [] : readViolations(BadRequest.decode(request.value)),
      retryAfterMs: delay && fromDuration(delay),
    };
  } catch {
    return { violations: [] };
  }
}

function typeUrlOf(name: string): string {
  return `type.googleapis.com/google.rpc.${name}`;
}

function pack(name: string, value: Uint8Array): Any {
  return { typeUrl: typeUrlOf(name), value: Buffer.from(value) };
}

function readKind({ domain, reason }: ErrorInfo): FaultKind | undefined {
  return domain === errorDomain ? kinds.get(reason) : undefined;
}

function readViolations({ fieldViolations }: BadRequest): readonly FieldViolation[] {
  return fieldViolations.map(({ field, description }) => ({ field, description }));
}

/** As many violations as fit, and one that says how many did not. */
function fitViolations(violations: readonly FieldViolation[], bytesMax: number): FieldViolation[] {
  // The last one and the Any around all take less than 80; tags and lengths of each at most nine.
  let bytes = 80;
  const count = violations.findIndex(({ field, description }) => {
    bytes += Buffer.byteLength(field) + Buffer.byteLength(description) + 9;
    return bytes > bytesMax;
  });
  if (count === -1) return [...violations];
  const rest = `and ${violations.length - count} more`;
  return [...violations.slice(0, count), { field: '', description: rest }];
}
