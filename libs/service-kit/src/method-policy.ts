import type { TsProtoServiceDefinition } from 'nice-grpc';

type Method = Pick<
  TsProtoServiceDefinition['methods'][string],
  'name' | 'requestStream' | 'responseStream' | 'options'
>;

/** What a client may do with the calls of a method. */
export interface MethodPolicy {
  /** Whether a call that found no service may be sent again: another one of the same request changes nothing. */
  readonly repeats: boolean;
  /** Milliseconds until a call is given up, repetitions included; streams have no deadline. */
  readonly deadlineMs: number | undefined;
}

/** Says what is there already; a method's name in the protos says that it is one of these. `GetInfo` may first find it out. */
const lookUpMs = 2 * 60_000;
const workMs = 10 * 60_000;

/**
 * The policy that follows from a method's declaration: `idempotency_level` says whether it repeats. A
 * stream of requests does not: what was sent is gone.
 */
export function readMethodPolicy(method: Method): MethodPolicy {
  const { name, requestStream, responseStream, options } = method;
  const level = options.idempotencyLevel;
  const looksUp = /^(Get(?!Info$)|List|Describe)(?![a-z])/.test(name);
  const deadlineMs = looksUp ? lookUpMs : workMs;
  return {
    repeats: !requestStream && (level === 'IDEMPOTENT' || level === 'NO_SIDE_EFFECTS'),
    deadlineMs: requestStream || responseStream ? undefined : deadlineMs,
  };
}
