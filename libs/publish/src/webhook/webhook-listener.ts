import { sha256 } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import { sendRequest } from '../http/send-request.js';
import type { RunFacts } from '../run/run-facts.js';
import type { RunListener } from '../run-listener.js';
import { describeVerdict } from './cloud-event.js';
import { signMessage } from './sign-message.js';

/** Where verdicts are sent. */
export interface WebhookSettings {
  readonly url: URL;
  /** Signs what is sent, read anew each time: it may be replaced while a run goes on. */
  readonly readSecret?: (() => Promise<string>) | undefined;
}

/**
 * Posts the verdict on a run as a CloudEvent, in structured mode. Any 2xx is taken for received; the same verdict has the same
 * id, by which a receiver knows it again.
 */
export function createWebhookListener({ url, readSecret }: WebhookSettings): RunListener {
  // A hook's path and query are often all its secret; the hash tells two of one origin apart.
  const name = `webhook ${sha256(url.href).slice(0, 8)} at ${url.origin}`;
  let facts: RunFacts | undefined;
  let signal: AbortSignal | undefined;
  return {
    name,
    async begin(run, ends) {
      facts = run;
      signal = ends;
      // It wants no steps.
      return Number.MAX_SAFE_INTEGER;
    },
    async steps() {},
    async end(end) {
      const event = describeVerdict(facts!, end);
      if (event === undefined) return;
      const body = JSON.stringify(event);
      const secret = await readSecret?.();
      // Two runs of a plan have the same verdict, byte for byte: source and id together name an event.
      const id = sha256(`${event.source} ${event.id}`);
      const message = { id, at: Date.now(), body };
      const { status, text } = await sendRequest({
        ...{ name: 'POST', method: 'POST', url, signal },
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          ...(secret === undefined ? {} : signMessage(secret, message)),
        },
        body: () => body,
      });
      if (status >= 200 && status < 300) return;
      throw new Fault('precondition', `POST was answered ${status}: ${text.slice(0, 500)}`);
    },
  };
}
