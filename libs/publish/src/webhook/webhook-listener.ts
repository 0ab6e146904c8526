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
  const place = `${url.origin}${url.pathname}`;
  let facts: RunFacts | undefined;
  return {
    name: `webhook ${place}`,
    async begin(run) {
      facts = run;
      // It wants no steps.
      return Number.MAX_SAFE_INTEGER;
    },
    async steps() {},
    async end(end) {
      const event = describeVerdict(facts!, end);
      if (event === undefined) return;
      const body = JSON.stringify(event);
      const secret = await readSecret?.();
      const signature = secret && signMessage(secret, { id: event.id, at: Date.now(), body });
      const { status, text } = await sendRequest({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          ...(signature || {}),
        },
        body: () => body,
      });
      if (status >= 200 && status < 300) return;
      throw new Fault('precondition', `${place} answered ${status}: ${text.slice(0, 500)}`);
    },
  };
}
