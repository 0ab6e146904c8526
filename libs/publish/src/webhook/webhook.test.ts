import { rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readOrigin, writeOrigin } from '@holdfast/run-store';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publishRun } from '../publish-run.js';
import { beginRun, endRun, writeSteps } from '../test-support/write-run.js';
import { createWebhookListener } from './webhook-listener.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('the webhook', () => {
  let runPath = '';
  let received: Received[] = [];
  /** What the next requests are answered, then 204. */
  let answers: { status: number; headers?: Record<string, string> }[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    const { status, headers } = answers.shift() ?? { status: 204 };
    response.writeHead(status, headers).end();
  });

  const address = (path = '/hook?key=secret') =>
    new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const folder = await beginRun();
    runPath = folder.path;
    await writeSteps(folder, 4);
    await endRun(folder);
  });
  beforeEach(() => {
    received = [];
    answers = [];
  });
  afterAll(async () => {
    server.close();
    await rm(runPath, { recursive: true });
  });

  it("sends the verdict as an event that CloudEvents' own library reads", async () => {
    await publishRun(runPath, createWebhookListener({ url: address() }));
    const event = HTTP.toEvent(received[0]!);
    expect(event).toMatchObject({
      specversion: '1.0',
      type: 'holdfast.verdict.v1',
      source: '/holdfast/runs/signs-1a2b',
      subject: 'signs.yaml',
      time: '2026-01-02T03:08:05.000Z',
      data: {
        runId: 'signs-1a2b',
        released: true,
        labels: { team: 'perception' },
        protected: [{ task: 'no passing', verdict: 'RETAINED' }, { task: 'no/passing' }],
      },
    });
    expect(received[0]!.headers['webhook-signature']).toBeUndefined();
  });

  it('is sent again where the receiver could not take it, with the same id', async () => {
    answers = [{ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }];
    await publishRun(runPath, createWebhookListener({ url: address() }));
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ body }) => JSON.parse(body).id)).size).toBe(1);
  });

  it.each(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'a plain text'])(
    'is signed, so that Standard Webhooks verify it: %s',
    async (secret) => {
      const listener = createWebhookListener({ url: address(), readSecret: async () => secret });
      await publishRun(runPath, listener);
      const { headers, body } = received[0]!;
      const isText = !secret.startsWith('whsec_');
      const webhook = new Webhook(secret, isText ? { format: 'raw' } : {});
      const signed = headers as Record<string, string>;
      expect(webhook.verify(body, signed)).toEqual(JSON.parse(body));
      expect(() => webhook.verify(`${body} `, signed)).toThrow();
    },
  );

  it('has a message id of the run, though another one has the same verdict', async () => {
    const other = await beginRun();
    await writeOrigin(other, { ...(await readOrigin(runPath)), runId: 'signs-3c4d' });
    await writeSteps(other, 4);
    await endRun(other);
    const settings = { url: address(), readSecret: async () => 'a plain text' };
    for (const path of [runPath, runPath, other.path]) {
      await publishRun(path, createWebhookListener(settings));
    }
    await rm(other.path, { recursive: true });
    const [first, again, second] = received.map(({ headers }) => headers['webhook-id']);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
    expect(new Set(received.map(({ body }) => JSON.parse(body).id)).size).toBe(1);
  });

  it('is not followed to another address, and a refusal is not repeated', async () => {
    answers = [{ status: 410 }];
    const refused = publishRun(runPath, createWebhookListener({ url: address() }));
    await expect(refused).rejects.toThrow('POST was answered 410');
    expect(received).toHaveLength(1);
  });

  it('says that it failed, without the path and query, which are often all the secret of a hook', async () => {
    answers = Array.from({ length: 5 }, () => ({ status: 429, headers: { 'retry-after': '0' } }));
    const listener = createWebhookListener({ url: address('/secret?key=secret') });
    const failed = publishRun(runPath, listener);
    const message = await failed.catch((error: Error) => error.message);
    expect(message).toMatch(/^POST failed 5 times: 429/);
    const { origin } = address();
    expect(listener.name).toMatch(new RegExp(`^webhook [0-9a-f]{8} at ${origin}$`));
    expect(createWebhookListener({ url: address() }).name).not.toBe(listener.name);
  });
});
