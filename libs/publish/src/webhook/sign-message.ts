import { createHmac } from 'node:crypto';

/** The headers that say who sent a message, as of Standard Webhooks (standardwebhooks.com). */
export interface SignatureHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

const encodedPrefix = 'whsec_';

/**
 * Signs a message: `v1,` and base64 of HMAC-SHA256 over `id.seconds.body`.
 *
 * @param secret `whsec_` and base64, or any text, whose bytes are the key
 */
export function signMessage(
  secret: string,
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
): SignatureHeaders {
  const key = secret.startsWith(encodedPrefix)
    ? Buffer.from(secret.slice(encodedPrefix.length), 'base64')
    : Buffer.from(secret);
  const seconds = String(Math.floor(at / 1000));
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` };
}
