import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@holdfast/fault';

/** A request by HTTP that may be repeated. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each attempt: what is a stream can be read once. */
  readonly body?: () => string | ReadableStream;
  /** Milliseconds for one attempt. */
  readonly attemptMs?: number;
}

/** What was answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

const attemptsMax = 5;
const firstDelayMs = 500;
const delayMsMax = 30_000;
const textMax = 500;

/**
 * Sends a request, at most five times: again where nobody answers or the server says that it could not (408, 425, 429,
 * 5xx), after a time that doubles, or the one that it asks for. Redirections are refused: they would carry secrets on.
 *
 * @returns any other answer.
 * @throws Fault `unavailable` naming the address without its query, where tokens stand.
 */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const { failure, answer, retryAfterMs } = await trySend(request);
    if (answer !== undefined) return answer;
    if (attempt === attemptsMax) {
      const { origin, pathname } = request.url;
      throw new Fault(
        'unavailable',
        `${request.method} ${origin}${pathname} failed ${attempt} times: ${failure}`,
      );
    }
    // Jitter: many that failed together do not come back together.
    const delay = firstDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    await sleep(Math.min(retryAfterMs ?? delay, delayMsMax));
  }
}

interface Attempt {
  readonly answer?: HttpAnswer;
  readonly failure?: string;
  readonly retryAfterMs?: number | undefined;
}

async function trySend({
  method,
  url,
  headers = {},
  body,
  attemptMs = 20_000,
}: HttpRequest): Promise<Attempt> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(attemptMs),
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
