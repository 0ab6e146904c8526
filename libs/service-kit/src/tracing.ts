import type { ClientMiddleware, ServerMiddleware } from 'nice-grpc';

/** What a span says beside its name. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** Makes the spans of this process. */
export interface Tracing {
  /** Makes a span of each attempt of a call. Expects statuses, not faults, from what is inside. */
  readonly client: ClientMiddleware;
  /** Makes a span of each call that is served. Expects statuses, not faults, from what is inside. */
  readonly server: ServerMiddleware;
  /** Does work inside a span. */
  span<Result>(
    name: string,
    attributes: SpanAttributes,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** Does work that no span of the caller's is the parent of. */
  apart<Result>(work: () => Result): Result;
  /** The trace of the span that is active, in hexadecimal. */
  traceId(): string | undefined;
  /** Sends what has not been sent. */
  close(): Promise<void>;
}

let current: Tracing | undefined;

/** What traces this process; undefined where nobody asked for it. */
export function findTracing(): Tracing | undefined {
  return current;
}

/** Has this process traced, or no more. */
export function setTracing(tracing: Tracing | undefined): void {
  current = tracing;
}

/** Does work inside a span, where this process is traced. */
export function withSpan<Result>(
  name: string,
  attributes: SpanAttributes,
  work: () => Promise<Result>,
): Promise<Result> {
  return current === undefined ? work() : current.span(name, attributes, work);
}

/** Does long work that a short call began: its spans are no part of that call's. */
export function withoutSpan<Result>(work: () => Result): Result {
  return current === undefined ? work() : current.apart(work);
}
