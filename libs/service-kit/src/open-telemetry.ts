import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '@holdfast/fault';
import {
  context,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import {
  openTelemetryClientMiddleware,
  openTelemetryServerMiddleware,
} from 'nice-grpc-opentelemetry';
import type { SpanAttributes, Tracing } from './tracing.js';

/** Health and reflection: probes every few seconds, of which no trace is wanted. */
const isUntraced = (path: string) => path.startsWith('/grpc.');

/**
 * Traces this process, and sends what it traced by OTLP. Endpoint, headers, sampler, batches and further attributes are
 * what OpenTelemetry's variables say; the context of a span is W3C's `traceparent`.
 */
export function createTracing(serviceName: string, onProblem: (message: string) => void): Tracing {
  const unsaid = { warn() {}, info() {}, debug() {}, verbose() {} };
  diag.setLogger({ ...unsaid, error: (text) => onProblem(readMessage(text)) }, DiagLogLevel.ERROR);
  const resource = defaultResource()
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes({ 'service.name': serviceName }));
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter())];
  const provider = new NodeTracerProvider({ resource, spanProcessors });
  provider.register();
  const tracer = trace.getTracer('holdfast');
  const client = openTelemetryClientMiddleware();
  const server = openTelemetryServerMiddleware();
  return {
    client: (call, options) =>
      isUntraced(call.method.path) ? call.next(call.request, options) : client(call, options),
    server: (call, calling) =>
      isUntraced(call.method.path) ? call.next(call.request, calling) : server(call, calling),
    span: <Result>(name: string, attributes: SpanAttributes, work: () => Promise<Result>) =>
      tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          return await work();
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          span.setStatus({ code: SpanStatusCode.ERROR, message });
          throw error;
        } finally {
          span.end();
        }
      }),
    apart: (work) => context.with(ROOT_CONTEXT, work),
    traceId: () => trace.getActiveSpan()?.spanContext().traceId,
    close: () => endInTime(provider.shutdown(), onProblem),
  };
}

/** A collector that is away must not hold up the end of a service. */
const closeMaxMs = 3000;

async function endInTime(
  shutdown: Promise<void>,
  onProblem: (message: string) => void,
): Promise<void> {
  const ended = new AbortController();
  const late = delay(closeMaxMs, undefined, { signal: ended.signal, ref: false }).then(
    () => onProblem(`the last spans were not sent within ${closeMaxMs / 1000} s`),
    () => {},
  );
  const sent = shutdown.catch((error) => onProblem(describeError(error)));
  await Promise.race([sent, late]);
  ended.abort();
}

/** The SDK says an error as JSON, with its stack. */
function readMessage(text: string): string {
  try {
    return String(JSON.parse(text).message);
  } catch {
    return text;
  }
}
