import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** An HTTP server for Prometheus and for probes that do not speak gRPC. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics` and `/healthz` (200 while serving, else 503). */
export async function serveMetrics(options: {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  readonly isServing: () => boolean;
}): Promise<MetricsServer> {
  const { registry, isServing } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET') respond(response, 405, 'only GET\n');
    else if (path === '/metrics') void respondMetrics(response, registry);
    else if (path === '/healthz' && isServing()) respond(response, 200, 'serving\n');
    else if (path === '/healthz') respond(response, 503, 'not serving\n');
    else respond(response, 404, 'see /metrics and /healthz\n');
  });
  server.requestTimeout = 10_000;
  await listen(server, options.host, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server),
  };
}

async function respondMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    const body = await registry.metrics();
    response.setHeader('content-type', registry.contentType);
    response.end(body);
  } catch {
    respond(response, 500, 'a metric could not be read\n');
  }
}

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
