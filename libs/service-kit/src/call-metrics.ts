import { status } from '@grpc/grpc-js';
import type { TsProtoServiceDefinition } from 'nice-grpc';
import type { Registry } from 'prom-client';
import { createCounter, createHistogram } from './create-metrics.js';

/** Names of codes as grpc-ecosystem's dashboards know them: `OK`, `Canceled`, `NotFound`. */
export const codeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(status)
    .filter((entry): entry is [string, status] => typeof entry[1] === 'number')
    .map(([name, code]) => [code, formatCode(name)]),
);

const callLabels = ['grpc_type', 'grpc_service', 'grpc_method'] as const;

/** A method, as a call names it. */
export interface CalledMethod {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** Counts one call. */
export interface CallCount {
  received(): void;
  sent(): void;
  /** Counts the call as ended; the first time alone. */
  end(code: number): void;
}

/**
 * Counts calls under the names of go-grpc-middleware's `grpc_server_*` and `grpc_client_*`, so that stock dashboards
 * and alerts work.
 *
 * @param definitions services whose methods stand at 0 from the beginning
 * @returns begins to count a call
 */
export function createCallMetrics(
  registry: Registry,
  side: 'server' | 'client',
  definitions: readonly TsProtoServiceDefinition[] = [],
): (method: CalledMethod) => CallCount {
  const metrics = createMetrics(registry, side);
  for (const definition of definitions) initialize(metrics, definition);
  return (method) => {
    const labels = labelCall(method);
    const endTimer = metrics.handlingSeconds.startTimer(labels);
    metrics.started.inc(labels);
    let ended = false;
    return {
      received: () => metrics.received.inc(labels),
      sent: () => metrics.sent.inc(labels),
      end(code) {
        if (ended) return;
        ended = true;
        endTimer();
        metrics.handled.inc({ ...labels, grpc_code: codeNames.get(code) ?? 'Unknown' });
      },
    };
  };
}

function formatCode(name: string): string {
  if (name === 'OK') return 'OK';
  if (name === 'CANCELLED') return 'Canceled';
  const words = name.toLowerCase().split('_');
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function createMetrics(registry: Registry, side: 'server' | 'client') {
  const count = (name: string, help: string, labels: readonly string[] = callLabels) =>
    createCounter(registry, { name: `grpc_${side}_${name}_total`, help, labels });
  return {
    started: count('started', 'Calls started.'),
    handled: count('handled', 'Calls ended.', [...callLabels, 'grpc_code']),
    received: count('msg_received', 'Messages received.'),
    sent: count('msg_sent', 'Messages sent.'),
    handlingSeconds: createHistogram(registry, {
      name: `grpc_${side}_handling_seconds`,
      help: 'Time from start to end of a call.',
      labels: callLabels,
      // Seconds. A training step or the opening of a run takes longer than a default web request.
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    }),
  };
}

function initialize(
  metrics: ReturnType<typeof createMetrics>,
  { fullName, methods }: TsProtoServiceDefinition,
): void {
  for (const { name, ...streams } of Object.values(methods)) {
    const labels = labelCall({ path: `/${fullName}/${name}`, ...streams });
    for (const counter of [metrics.started, metrics.received, metrics.sent]) counter.inc(labels, 0);
    for (const grpc_code of codeNames.values()) metrics.handled.inc({ ...labels, grpc_code }, 0);
    metrics.handlingSeconds.zero(labels);
  }
}

function labelCall({ path, requestStream, responseStream }: CalledMethod) {
  const [, service = '', method = ''] = path.split('/');
  const client = requestStream ? 'client_stream' : 'unary';
  const streaming = requestStream ? 'bidi_stream' : 'server_stream';
  return {
    grpc_type: responseStream ? streaming : client,
    grpc_service: service,
    grpc_method: method,
  };
}
