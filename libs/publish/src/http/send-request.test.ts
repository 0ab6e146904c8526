import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendRequest } from './send-request.js';

describe('sendRequest', () => {
  let requests = 0;
  let retryAfter: string | undefined;
  /** Answers 503 at `/busy`, and never anything elsewhere. */
  const server = createServer((request, response) => {
    requests += 1;
    if (request.url !== '/busy') return;
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    response.writeHead(503).end('later');
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    requests = 0;
    retryAfter = undefined;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const request = (path: string, more: object = {}) => ({
    ...{ name: 'a test', method: 'POST' as const, attemptMs: 2000, ...more },
    url: new URL(path, `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  });

  it('gives up on a server that never answers after one attempt', async () => {
    const silent = sendRequest(request('/silent'));
    await expect(silent).rejects.toThrow(/^a test failed: .*timeout/);
    expect(requests).toBe(1);
  });

  it('does not wait for longer than an attempt may take', async () => {
    retryAfter = '30';
    await expect(sendRequest(request('/busy'))).rejects.toThrow('a test failed: 503 later');
    expect(requests).toBe(1);
  });

  it('sends what would count twice once', async () => {
    const sent = sendRequest(request('/busy', { repeatable: false }));
    await expect(sent).rejects.toThrow('a test failed: 503 later');
    expect(requests).toBe(1);
  });

  it.each(['/silent', '/busy'])('ends with its signal, at %s', async (path) => {
    const reason = new Error('stop');
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason), 100);
    const begin = performance.now();
    const sent = sendRequest(request(path, { signal: abort.signal, attemptMs: 60_000 }));
    await expect(sent).rejects.toSatisfy(
      (error: Error) => error === reason || error.cause === reason,
    );
    expect(performance.now() - begin).toBeLessThan(30_000);
  });
});
