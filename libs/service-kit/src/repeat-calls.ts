import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@holdfast/fault';
import {
  type CallOptions,
  type ClientMiddleware,
  type ClientMiddlewareCall,
  Status,
} from 'nice-grpc';
import { type ConnectionOptions, createConnectionWait } from './await-connection.js';
import { drawBackoff } from './draw-backoff.js';
import type { LearnedDeadlines, WatchedCall } from './learn-deadlines.js';
import type { MethodPolicy } from './method-policy.js';
import { createRetryBudget, type RetryBudget } from './retry-budget.js';
import { startDeadline } from './start-deadline.js';
import { isAbortError, toFault } from './to-fault.js';
import { TransportFault } from './transport-fault.js';

/** How patient a client is, and with what. */
export interface RepeatOptions extends ConnectionOptions {
  /** By the path of each method. */
  readonly policies: ReadonlyMap<string, MethodPolicy>;
  /** Times that a call is sent, at least 1. */
  readonly attemptsMax: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Gives up calls that take much longer than others like them; absent: none before its deadline. */
  readonly learned?: LearnedDeadlines | undefined;
}

/**
 * Client middleware: holds a call until the service is connected, sends it again while it finds the service
 * unavailable, and gives it up at its deadline. Expects faults, not statuses, from what is inside.
 *
 * Sent again is what a method's policy lets repeat, after a lost connection, `unavailable`, or an `exhausted` that
 * says when to come back; a stream only as long as nothing of the answer has come. Before the attempt after the nth
 * it waits for what the fault asks, and what {@link drawBackoff} adds. Refusals are limited by a {@link RetryBudget}. Lost connections are not: those who wait for one send nothing. A call that is given up because its
 * service hangs is not sent again: whoever made it knows what else there is to do.
 */
export function createRepeater(options: RepeatOptions): ClientMiddleware {
  const { address, policies, attemptsMax, random, learned } = options;
  const isConnected = createConnectionWait(options);
  const budget = createRetryBudget();

  return async function* repeatCalls<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions,
  ) {
    const { path } = call.method;
    const { repeats, deadlineMs } = policies.get(path)!;
    const deadline = startDeadline(deadlineMs, options.signal);
    const { signal } = deadline;
    let streams = false;
    const onHeader: CallOptions['onHeader'] = (header) => {
      streams = call.responseStream;
      options.onHeader?.(header);
    };
    try {
      for (let attempt = 1; ; attempt += 1) {
        const connected = await isConnected(signal, path);
        const watched: WatchedCall | undefined =
          call.requestStream || call.responseStream
            ? undefined
            : learned?.watch(path, call.request, signal);
        const sent = { ...options, signal: watched?.signal ?? signal, onHeader };
        try {
          const response = yield* call.next(call.request, sent);
          budget.succeed();
          watched?.succeed();
          return response;
        } catch (error) {
          const late = watched?.late();
          if (late !== undefined) {
            const message = `${path} at ${address} failed: ${late}`;
            throw new TransportFault(Status.DEADLINE_EXCEEDED, message, error);
          }
          const may = repeats && connected && !streams && attempt < attemptsMax;
          const pauseMs = may ? choosePause(error, attempt) : undefined;
          if (pauseMs === undefined || pauseMs >= deadline.leftMs()) throw error;
          await delay(pauseMs, undefined, { signal });
        } finally {
          watched?.end();
        }
      }
    } catch (error) {
      if (deadline.passed() && !options.signal?.aborted) {
        const message = `${path} at ${address} failed: Deadline exceeded after ${deadlineMs! / 1000} s`;
        throw new TransportFault(Status.DEADLINE_EXCEEDED, message, error);
      }
      throw isAbortError(error) ? toFault(error, path) : error;
    } finally {
      deadline.end();
    }
  };

  /** Milliseconds until the next attempt; undefined where there is none. */
  function choosePause(error: unknown, attempt: number): number | undefined {
    const jitterMs = drawBackoff(attempt, random);
    if (error instanceof TransportFault) return error.lostService ? jitterMs : undefined;
    if (!isFault(error) || error.retryAfterMs === undefined) return undefined;
    return budget.fail() ? error.retryAfterMs + jitterMs : undefined;
  }
}
