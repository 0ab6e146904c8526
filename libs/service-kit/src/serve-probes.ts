import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.js';

/** An HTTP server for Prometheus and for probes that do not speak gRPC. */
export interface ProbeServer {
  readonly port: number;
  close(): Promise<void>;
}

/** What probes are answered from. */
export interface ProbeSources {
  readonly registry: Registry;
  readonly isServing: () => boolean;
  readonly readiness: Readiness;
}

/**
 * Serves
 *
 * - `/metrics`
 * - `/livez`: 200 as long as the process answers and has lost nothing of its own, whatever other services do; else 503
 * - `/readyz`: 200 while its services serve and have what they need, else 503 and what is missing, a line each
 * - `/healthz`: 200 while it takes calls, else 503
 */
export async function serveProbes({
  host,
  port,
  ...sources
}: ProbeSources & { readonly host: string; readonly port: number }): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    const answer = answers.get(request.url?.split('?')[0] ?? '');
    if (request.method !== 'GET') respond(response, 405, 'only GET\n');
    else if (answer === undefined)
      respond(response, 404, `see ${[...answers.keys()].join(', ')}\n`);
    else {
      answer(response, sources).catch(() => respond(response, 500, 'cannot be answered\n'));
    }
  });
  server.requestTimeout = 10_000;
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server),
  };
}

type Answer = (response: ServerResponse, sources: ProbeSources) => Promise<void>;

const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  [
    '/metrics',
    async (response, { registry }) => {
      const body = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(body);
    },
  ],
  [
    '/livez',
    async (response, { readiness }) => {
      const lost = await readiness.checkOwn();
      if (lost.length === 0) respond(response, 200, 'alive\n');
      else respond(response, 503, `${lost.join('\n')}\n`);
    },
  ],
  [
    '/readyz',
    async (response, { isServing, readiness }) => {
      const missing = isServing()
        ? [...(await readiness.check())].flatMap(([name, problems]) =>
            problems.map((problem) => `${name} misses ${problem}`),
          )
        : ['not serving'];
      if (missing.length === 0) respond(response, 200, 'ready\n');
      else respond(response, 503, `${missing.join('\n')}\n`);
    },
  ],
  [
    '/healthz',
    async (response, { isServing }) =>
      isServing() ? respond(response, 200, 'serving\n') : respond(response, 503, 'not serving\n'),
  ],
]);

function respond(response: ServerResponse, code: number, body: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host.replace(/^\[|\]$/g, ''), () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
