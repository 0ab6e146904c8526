import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@holdfast/fault';

/** A request by HTTP. */
export interface HttpRequest {
  /** For messages, without anything secret. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each attempt: what is a stream can be read once. */
  readonly body?: () => string | ReadableStream;
  /** Milliseconds for one attempt, and after which no other begins. */
  readonly attemptMs?: number;
  /** Whether two have the effect of one; default true. Otherwise it is sent once. */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What was answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

const attemptsMax = 5;
const firstDelayMs = 500;
const textMax = 500;

/**
 * Sends a request, at most five times: again where nobody answers or the server says that it could not (408, 425, 429,
 * 5xx), after a time that doubles, or the one that it asks for. Redirections are refused: they would carry secrets on.
 *
 * @returns any other answer.
 * @throws Fault `unavailable`; the signal's reason when it is aborted.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { name, repeatable = true, attemptMs = 20_000, signal } = request;
  const end = performance.now() + attemptMs;
  for (let attempt = 1; ; attempt += 1) {
    const { failure, answer, retryAfterMs } = await trySend(request, attemptMs);
    if (answer !== undefined) return answer;
    signal?.throwIfAborted();
    // Jitter: many that failed together do not come back together.
    const delay = retryAfterMs ?? firstDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    if (!repeatable || attempt === attemptsMax || performance.now() + delay > end) {
      const times = attempt === 1 ? '' : ` ${attempt} times`;
      throw new Fault('unavailable', `${name} failed${times}: ${failure}`);
    }
    await sleep(delay, undefined, { signal });
  }
}

interface Attempt {
  readonly answer?: HttpAnswer;
  readonly failure?: string;
  readonly retryAfterMs?: number | undefined;
}

async function trySend(
  { method, url, headers = {}, body, signal }: HttpRequest,
  attemptMs: number,
): Promise<Attempt> {
  const timeout = AbortSignal.timeout(attemptMs);
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      // Without it a body that is a stream is refused.
      ...(body === undefined ? {} : { body: body(), duplex: 'half' }),
    });
    const text = await response.text();
    const { status } = response;
    if (status !== 408 && status !== 425 && status !== 429 && status < 500) {
      return { answer: { status, text } };
    }
    return { failure: `${status} ${text.slice(0, textMax)}`, retryAfterMs: readDelay(response) };
  } catch (error) {
    const { message, cause } = error as Error;
    return { failure: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}

/** `Retry-After` in seconds; a date is not understood. */
function readDelay({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
