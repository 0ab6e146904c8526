import { Fault } from '@holdfast/fault';
import { findTracing, setTracing, type Tracing } from './tracing.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Traces this process where OpenTelemetry's own variables ask for it: OTEL_EXPORTER_OTLP_ENDPOINT or
 * OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_TRACES_EXPORTER=otlp. Elsewhere nothing of OpenTelemetry is loaded.
 *
 * @param name of the service, where OTEL_SERVICE_NAME names none
 * @param onProblem told of spans that could not be sent, say
 * @throws Fault `invalid` for an exporter or protocol that is not there.
 */
export async function startTracing(
  name: string,
  environment: Environment,
  onProblem: (message: string) => void = () => {},
): Promise<Tracing | undefined> {
  if (!asksForTraces(environment)) return undefined;
  if (findTracing() !== undefined) return findTracing();
  const { createTracing } = await import('./open-telemetry.js');
  const tracing = createTracing(environment['OTEL_SERVICE_NAME'] || `holdfast-${name}`, onProblem);
  setTracing(tracing);
  return tracing;
}

function asksForTraces(environment: Environment): boolean {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const exporter = read('OTEL_TRACES_EXPORTER');
  const endpoint =
    read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? read('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporter === 'none') return false;
  if (exporter === undefined && endpoint === undefined) return false;
  if (exporter !== undefined && exporter !== 'otlp') {
    throw new Fault(
      'invalid',
      `OTEL_TRACES_EXPORTER: '${exporter}' is not here; otlp and none are`,
    );
  }
  const protocol =
    read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL');
  if (protocol !== undefined && protocol !== 'http/protobuf') {
    const message = `OTEL_EXPORTER_OTLP_PROTOCOL: '${protocol}' is not spoken; http/protobuf is`;
    throw new Fault('invalid', message);
  }
  return true;
}
