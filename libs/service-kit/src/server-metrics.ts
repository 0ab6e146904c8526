import { ServerInterceptingCall, type ServerInterceptor, status } from '@grpc/grpc-js';
import type { TsProtoServiceDefinition } from 'nice-grpc';
import { Counter, Histogram, type Registry } from 'prom-client';

/** Names of codes as grpc-ecosystem's dashboards know them: `OK`, `Canceled`, `NotFound`. */
const codeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(status)
    .filter((entry): entry is [string, status] => typeof entry[1] === 'number')
    .map(([name, code]) => [code, formatCode(name)]),
);

const callLabels = ['grpc_type', 'grpc_service', 'grpc_method'] as const;

/** The labels of a method. */
interface CallLabels {
  readonly grpc_type: string;
  readonly grpc_service: string;
  readonly grpc_method: string;
}

function formatCode(name: string): string {
  if (name === 'OK') return 'OK';
  if (name === 'CANCELLED') return 'Canceled';
  const words = name.toLowerCase().split('_');
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

/**
 * Counts calls under the names of go-grpc-middleware's `grpc_server_*`, so that stock dashboards and
 * alerts work. Every method starts at 0.
 */
export function createMetricsInterceptor(
  registry: Registry,
  definitions: readonly TsProtoServiceDefinition[],
): ServerInterceptor {
  const metrics = createMetrics(registry);
  for (const definition of definitions) initialize(metrics, definition);
  return ({ path, requestStream, responseStream }, call) => {
    const labels = labelCall(path, requestStream, responseStream);
    const endTimer = metrics.handlingSeconds.startTimer(labels);
    metrics.started.inc(labels);
    let ended = false;
    const end = (code: number) => {
      if (ended) return;
      ended = true;
      endTimer();
      metrics.handled.inc({ ...labels, grpc_code: codeNames.get(code) ?? 'Unknown' });
    };
    // grpc-js reports a passed deadline and a client that left in the same way.
    const endEarly = () =>
      end(Number(call.getDeadline()) <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMessage: (message, proceed) => {
            metrics.received.inc(labels);
            proceed(message);
          },
          onCancel: endEarly,
        }),
      sendMessage: (message, next) => {
        metrics.sent.inc(labels);
        next(message);
      },
      sendStatus: (sent, next) => {
        end(sent.code ?? status.UNKNOWN);
        next(sent);
      },
    });
  };
}

function createMetrics(registry: Registry) {
  const registers = [registry];
  const count = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `grpc_server_${name}_total`, help, labelNames, registers });
  return {
    started: count('started', 'Calls started.', callLabels),
    handled: count('handled', 'Calls ended.', [...callLabels, 'grpc_code'] as const),
    received: count('msg_received', 'Messages received.', callLabels),
    sent: count('msg_sent', 'Messages sent.', callLabels),
    handlingSeconds: new Histogram({
      name: 'grpc_server_handling_seconds',
      help: 'Time from start to end of a call.',
      labelNames: callLabels,
      // Seconds. A training step or the opening of a run takes longer than a default web request.
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
  };
}

function initialize(
  metrics: ReturnType<typeof createMetrics>,
  { fullName, methods }: TsProtoServiceDefinition,
): void {
  for (const { name, requestStream, responseStream } of Object.values(methods)) {
    const labels = labelCall(`/${fullName}/${name}`, requestStream, responseStream);
    for (const counter of [metrics.started, metrics.received, metrics.sent]) counter.inc(labels, 0);
    for (const grpc_code of codeNames.values()) metrics.handled.inc({ ...labels, grpc_code }, 0);
    metrics.handlingSeconds.zero(labels);
  }
}

function labelCall(path: string, requestStream: boolean, responseStream: boolean): CallLabels {
  const [, service = '', method = ''] = path.split('/');
  const client = requestStream ? 'client_stream' : 'unary';
  const streaming = requestStream ? 'bidi_stream' : 'server_stream';
  return {
    grpc_type: responseStream ? streaming : client,
    grpc_service: service,
    grpc_method: method,
  };
}
