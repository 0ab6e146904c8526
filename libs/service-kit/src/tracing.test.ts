import { execFileSync } from 'node:child_process';
import { type ReceivedSpan, receiveTraces, type TraceReceiver } from '@holdfast/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { startTracing } from './start-tracing.js';
import { type Connection, connectInProcess, connectRemotely } from './test-support/test-encoder.js';
import { findTracing, setTracing, type Tracing, withoutSpan, withSpan } from './tracing.js';

describe('the variables of OpenTelemetry', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

  it.each([
    [{}],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    [{ OTEL_SERVICE_NAME: 'x' }],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }],
  ])('start nothing where they are %j', async (environment) => {
    expect(await startTracing('kit', environment)).toBeUndefined();
    expect(findTracing()).toBeUndefined();
  });

  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, "OTEL_TRACES_EXPORTER: 'zipkin' is not here"],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, "'grpc' is not spoken"],
  ])('are refused where they ask for what is not there: %j', async (environment, message) => {
    await expect(startTracing('kit', environment)).rejects.toThrow(message);
  });
});

/** Runs a server and ends it; counts the scripts of OpenTelemetry that its process has loaded, but for the API, which prom-client loads. */
const loadedScripts = `
  import { Session } from 'node:inspector';
  import { runServer } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
  const server = await runServer({
    name: 'kit',
    settings: {},
    argv: ['--log-level', 'silent'],
    environment: process.env,
    start: async () => ({ services: [] }),
  });
  const loaded = [];
  const session = new Session();
  session.connect();
  session.on('Debugger.scriptParsed', ({ params: { url } }) => loaded.push(url));
  session.post('Debugger.enable');
  await server.close();
  console.log(loaded.filter((url) => /@opentelemetry.(?!api.build)|grpc-opentelemetry/.test(url)).length);
`;

it('loads nothing of OpenTelemetry where nobody asks for traces', () => {
  const count = (environment: Record<string, string>) =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', loadedScripts], {
        env: { PATH: process.env['PATH'], ...environment },
      }),
    );
  expect(count({})).toBe(0);
  expect(count({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toBeGreaterThan(10);
});

describe('a process that is traced', () => {
  let receiver: TraceReceiver;
  let tracing: Tracing;
  let near: Connection;
  let far: Connection;
  const problems: string[] = [];

  beforeAll(async () => {
    receiver = await receiveTraces();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.endpoint);
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment=test');
    const onProblem = (message: string) => problems.push(message);
    tracing = (await startTracing('kit', process.env, onProblem))!;
    expect(await startTracing('kit', process.env)).toBe(tracing);
    near = await connectInProcess();
    far = await connectRemotely();
    const calls = withSpan('root', { 'holdfast.step': 3 }, async () => {
      await near.client.encode({ runId: 'near' });
      await far.client.encode({ runId: 'far' });
      await far.client.encode({ runId: 'refused' }).catch(() => {});
      for await (const _ of far.client.openSamples({ runId: 'far' })) {
        await near.client.getInfo({});
      }
      await withoutSpan(() => far.client.getInfo({}));
    });
    await calls;
    await withSpan('broken', {}, () => Promise.reject(new Error('lost'))).catch(() => {});
    await far.close();
    await near.close();
    await tracing.close();
    await receiver.close();
    setTracing(undefined);
    vi.unstubAllEnvs();
  });

  const list = (name: string) => receiver.spans.filter((span) => span.name === name);
  const encoder = (method: string) => `holdfast.encoder.v1.EncoderService/${method}`;
  /** Names of the spans that one lies in, the nearest first. */
  function listParents({ parentSpanId }: ReceivedSpan): string[] {
    const parent = receiver.spans.find(({ spanId }) => spanId === parentSpanId);
    return parent === undefined ? [] : [parent.name, ...listParents(parent)];
  }

  it('sends its spans, with what they are of', () => {
    const [root] = list('root');
    expect(root).toMatchObject({ service: 'holdfast-kit', parentSpanId: '', status: 0 });
    expect(root!.attributes).toEqual({ 'holdfast.step': 3 });
    expect(list('broken')).toMatchObject([{ status: 2 }]);
    expect(problems).toEqual([]);
  });

  it('passes the span of a caller on, in the process and over a socket', () => {
    const parents = list(encoder('Encode')).map((span) => listParents(span).join(' < '));
    // In the process one span; over a socket the client's, and the server's in it.
    expect(parents.toSorted()).toEqual([
      `${encoder('Encode')} < root`,
      `${encoder('Encode')} < root`,
      'root',
      'root',
      'root',
    ]);
    const refused = list(encoder('Encode')).filter(({ status }) => status === 2);
    expect(refused).toHaveLength(2);
    expect(refused[0]!.attributes['rpc.grpc.status_code']).toBe(3);
  });

  it('keeps the span of a caller while it reads a stream', () => {
    const parents = list(encoder('GetInfo')).map((span) => listParents(span).at(-1));
    expect(parents.filter((name) => name === 'root').length).toBeGreaterThan(1);
  });

  it('begins a trace anew for work that outlives the call', () => {
    const apart = list(encoder('GetInfo')).filter((span) => listParents(span).at(-1) !== 'root');
    const [client, server] = apart.toSorted(
      (a, b) => listParents(a).length - listParents(b).length,
    );
    expect(client!.parentSpanId).toBe('');
    expect(server!.parentSpanId).toBe(client!.spanId);
  });
});
