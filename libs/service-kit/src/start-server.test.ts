import { once } from 'node:events';
import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { checkMetrics, hasPromtool } from '@holdfast/testing';
import { createChannel, createClient, Metadata, Status } from 'nice-grpc';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRemoteClient } from './create-remote-client.js';
import { decodeDetails } from './fault-details.js';
import { detailsTrailer } from './fault-status.js';
import { defineService, startServer } from './start-server.js';
import { connectRemotely, createEncoderFixture } from './test-support/test-encoder.js';
import { canWriteCertificates, writeTestCertificates } from './test-support/tls-files.js';

const encoderName = EncoderServiceDefinition.fullName;
const tensorName = TensorServiceDefinition.fullName;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close();
});

async function connect(...options: Parameters<typeof connectRemotely>) {
  const connection = await connectRemotely(...options);
  open.push(connection);
  return connection;
}

function connectHealth(address: string) {
  const channel = createChannel(address);
  open.push(channel);
  return createClient(HealthDefinition, channel);
}

describe('limits and deadlines', () => {
  it('refuses a message that is larger than the server takes', async () => {
    const { client } = await connect({ limits: { receiveMaxBytes: 1000 } });
    const call = client.encode({ runId: 'x'.repeat(2000) });
    await expect(call).rejects.toMatchObject({ kind: 'exhausted' });
    await expect(client.encode({ runId: 'r' })).resolves.toBeDefined();
  });

  it('refuses a response that is larger than the client takes', async () => {
    const { client } = await connect({}, { limits: { receiveMaxBytes: 1000 } });
    const samples = Array.from({ length: 1000 }, (_, i) => i);
    await expect(client.encode({ images: { samples } })).rejects.toMatchObject({
      kind: 'exhausted',
    });
  });

  it('takes messages beyond the 4 MiB that grpc-js allows on its own', async () => {
    const { client } = await connect();
    const samples = Array.from({ length: 2_000_000 }, (_, i) => i);
    const response = await client.encode({ images: { samples } });
    expect(response.imageEmbeddings!.data.byteLength).toBe(8_000_000);
  });

  it('gives a call up at its deadline, on both sides', async () => {
    const { client, seen } = await connect({}, { deadlineMs: 100 });
    await expect(client.encode({ runId: 'blocked' })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('Deadline exceeded'),
    });
    await expect.poll(() => seen.stopped).toBe(true);
  });
});

describe('tokens and TLS', () => {
  it('refuses calls without the right token, but answers health', async () => {
    const { address, client } = await connect({ token: 'secret' });
    let trailer: Metadata | undefined;
    const onTrailer = (received: Metadata) => {
      trailer = received;
    };
    await expect(client.getInfo({}, { onTrailer })).rejects.toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining('authorization: Bearer'),
    });
    const details = trailer?.get(detailsTrailer) as Uint8Array;
    expect(decodeDetails(details).kind).toBe('unauthenticated');
    for (const token of ['wrong', 'secret']) {
      const remote = createRemoteClient(EncoderServiceDefinition, { address, token });
      open.push(remote);
      const call = remote.client.getInfo({});
      if (token === 'wrong') await expect(call).rejects.toMatchObject({ kind: 'unauthenticated' });
      else await expect(call).resolves.toMatchObject({ threads: 2 });
    }
    const health = connectHealth(address);
    expect(await health.check({ service: encoderName })).toEqual({ status: 1 });
  });

  it('refuses a message to health by its length alone, and by what it unfolds to', async () => {
    const { address } = await connect({ token: 'secret' });
    const session = http2.connect(`http://${address}`);
    open.push(session);
    const send = async (flag: number, length: number, content: Uint8Array) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        'grpc-encoding': 'gzip',
        te: 'trailers',
      });
      const head = Buffer.from([flag, 0, 0, 0, 0]);
      head.writeUInt32BE(length, 1);
      stream.write(Buffer.concat([head, content]));
      const [headers] = await once(stream, 'response');
      stream.close();
      return headers['grpc-status'];
    };
    const exhausted = String(Status.RESOURCE_EXHAUSTED);
    expect(await send(0, 1025, Buffer.alloc(0))).toBe(exhausted);
    const folded = gzipSync(Buffer.alloc(2 ** 18));
    expect(folded.byteLength).toBeLessThan(1024);
    expect(await send(1, folded.byteLength, folded)).toBe(exhausted);
  });

  it('refuses to listen beyond this machine without TLS and a token', async () => {
    const listen = { host: '0.0.0.0' };
    await expect(startServer({ services: [], listen })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('TLS and a token'),
    });
  });

  it('speaks to this machine itself, whatever proxy the environment names', async () => {
    vi.stubEnv('grpc_proxy', 'http://127.0.0.1:1');
    vi.stubEnv('no_grpc_proxy', 'elsewhere.example');
    open.push({ close: () => vi.unstubAllEnvs() });
    const { client } = await connect({ token: 'secret' }, { token: 'secret', connectWaitMs: 1000 });
    await expect(client.getInfo({})).resolves.toMatchObject({ threads: 2 });
  });

  it('refuses to call another machine without TLS', () => {
    const create = () =>
      createRemoteClient(EncoderServiceDefinition, { address: 'encoder.example:50051' });
    expect(create).toThrow('give the client TLS');
  });

  it.runIf(canWriteCertificates)(
    'speaks TLS beyond this machine, and asks for certificates if told to',
    async () => {
      const pem = writeTestCertificates();
      const server = await startServer({
        services: [defineService(EncoderServiceDefinition, createEncoderFixture().implementation)],
        listen: { host: '0.0.0.0' },
        token: 'secret',
        tls: {
          certificate: pem.certificate,
          privateKey: pem.privateKey,
          authority: pem.authority,
        },
      });
      open.push(server);
      const address = `localhost:${server.port}`;
      const withCertificate = createRemoteClient(EncoderServiceDefinition, {
        address,
        token: 'secret',
        tls: { authority: pem.authority, certificate: pem.certificate, privateKey: pem.privateKey },
      });
      const without = createRemoteClient(EncoderServiceDefinition, {
        address,
        token: 'secret',
        tls: { authority: pem.authority },
        connectWaitMs: 500,
      });
      open.push(withCertificate, without);
      await expect(withCertificate.client.getInfo({})).resolves.toMatchObject({ threads: 2 });
      await expect(without.client.getInfo({})).rejects.toMatchObject({ kind: 'unavailable' });
    },
  );
});

describe('health and draining', () => {
  it('knows its own services only, and watches them until the end', async () => {
    const { address, close } = await connect();
    const health = connectHealth(address);
    expect(await health.check({})).toEqual({ status: 1 });
    expect(Object.keys((await health.list({})).statuses)).toEqual(['', encoderName, tensorName]);
    await expect(health.check({ service: 'other' })).rejects.toMatchObject({
      code: Status.NOT_FOUND,
    });
    const statuses: number[] = [];
    const watching = (async () => {
      for await (const { status } of health.watch({ service: encoderName })) statuses.push(status);
    })();
    await expect.poll(() => statuses).toEqual([1]);
    for await (const { status } of health.watch({ service: 'other' })) {
      expect(status).toBe(3);
      break;
    }
    await close();
    await watching;
    expect(statuses).toEqual([1, 2]);
  });

  it('lets a call under way end, and takes no other', async () => {
    const { implementation, seen } = createEncoderFixture();
    const server = await startServer({
      services: [defineService(EncoderServiceDefinition, implementation)],
    });
    const first = createRemoteClient(EncoderServiceDefinition, { address: server.address });
    const second = createRemoteClient(EncoderServiceDefinition, {
      address: server.address,
      connectWaitMs: 200,
    });
    open.push(first, second);
    const call = first.client.encode({ runId: 'blocked', images: { samples: [1] } });
    await expect.poll(() => seen.requests.length).toBe(1);
    const closed = server.close();
    await expect(second.client.getInfo({})).rejects.toMatchObject({ kind: 'unavailable' });
    seen.release();
    expect((await call).imageEmbeddings?.shape).toEqual([1, 1]);
    await closed;
  });

  it('cancels what still runs when the time to drain is over', async () => {
    const { implementation, seen } = createEncoderFixture();
    const server = await startServer({
      services: [defineService(EncoderServiceDefinition, implementation)],
    });
    const remote = createRemoteClient(EncoderServiceDefinition, {
      address: server.address,
      connectWaitMs: 200,
    });
    open.push(remote);
    const call = remote.client.encode({ runId: 'blocked' }).catch((error) => error);
    await expect.poll(() => seen.requests.length).toBe(1);
    await server.close(50);
    expect((await call).kind).toBe('unavailable');
    expect(seen.stopped).toBe(true);
    seen.release();
  });

  it('says that an address is taken', async () => {
    const { address } = await connect();
    const port = Number(address.split(':')[1]);
    await expect(startServer({ services: [], listen: { port } })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(address),
    });
  });
});

describe('metrics', () => {
  it('counts calls under the standard names, all methods from 0', async () => {
    const { client, metricsPort, address } = await connect({ metricsPort: 0 });
    await client.encode({ runId: 'r' });
    await client.encode({ runId: 'refused' }).catch(() => {});
    const at = `http://${address.split(':')[0]}:${metricsPort}`;
    const text = await (await fetch(`${at}/metrics`)).text();
    const labels = `grpc_type="unary",grpc_service="${encoderName}",grpc_method="Encode"`;
    expect(text).toContain(`grpc_server_started_total{${labels}} 2`);
    expect(text).toContain(`grpc_server_handled_total{${labels},grpc_code="OK"} 1`);
    expect(text).toContain(`grpc_server_handled_total{${labels},grpc_code="InvalidArgument"} 1`);
    expect(text).toContain(`grpc_server_handling_seconds_count{${labels}} 2`);
    expect(text).toMatch(/started_total\{grpc_type="client_stream".*"Write"\} 0/);
    expect((await fetch(`${at}/other`)).status).toBe(404);
    expect((await fetch(`${at}/metrics`, { method: 'POST' })).status).toBe(405);
  });
});

describe('metrics of a client', () => {
  it('count every attempt by its status, messages and bytes, as the server does', async () => {
    const registry = new Registry();
    const { client, tensors, metricsPort, address } = await connect(
      { metricsPort: 0 },
      { registry },
    );
    await client.encode({ images: { samples: [1, 2] } });
    await client.encode({ runId: 'refused' }).catch(() => {});
    let pieces = 0;
    for await (const _ of client.openSamples({ runId: 'r' })) pieces += 1;
    for await (const _ of client.openSamples({ runId: 'endless' })) break;
    const chunk = { data: Buffer.alloc(1000) };
    await tensors.write(
      (async function* () {
        yield { chunk };
        yield { chunk };
      })(),
    );
    const here = await registry.metrics();
    const encode = `grpc_type="unary",grpc_service="${encoderName}",grpc_method="Encode"`;
    expect(here).toContain(`grpc_client_started_total{${encode}} 2`);
    expect(here).toContain(`grpc_client_handled_total{${encode},grpc_code="OK"} 1`);
    expect(here).toContain(`grpc_client_handled_total{${encode},grpc_code="InvalidArgument"} 1`);
    expect(here).toContain(`grpc_client_handling_seconds_count{${encode}} 2`);
    const samples = `grpc_type="server_stream",grpc_service="${encoderName}",grpc_method="OpenSamples"`;
    expect(here).toContain(`grpc_client_msg_received_total{${samples}} ${pieces + 1}`);
    expect(here).toContain(`grpc_client_handled_total{${samples},grpc_code="Canceled"} 1`);
    const write = `grpc_type="client_stream",grpc_service="${tensorName}",grpc_method="Write"`;
    expect(here).toContain(`grpc_client_msg_sent_total{${write}} 2`);
    const there = await (
      await fetch(`http://${address.split(':')[0]}:${metricsPort}/metrics`)
    ).text();
    const bytes = (text: string, side: string, direction: string) =>
      Number(
        text.match(
          `side="${side}",direction="${direction}",grpc_service="${tensorName}",grpc_method="Write"} (\\d+)`,
        )?.[1],
      );
    expect(bytes(here, 'client', 'sent')).toBeGreaterThan(2000);
    expect(bytes(here, 'client', 'sent')).toBeLessThan(2050);
    expect(bytes(there, 'server', 'received')).toBe(bytes(here, 'client', 'sent'));
    expect(bytes(there, 'server', 'sent')).toBe(bytes(here, 'client', 'received'));
  });

  it.runIf(hasPromtool)('leave promtool nothing to say, nor do those of a server', async () => {
    const registry = new Registry();
    const { client } = await connect({ registry }, { registry });
    await client.encode({ runId: 'r' });
    expect(checkMetrics(await registry.metrics())).toBe('');
  });
});

it('keeps metadata of a caller beside the token', async () => {
  const { client } = await connect({ token: 'secret' }, { token: 'secret' });
  const metadata = Metadata({ 'x-trace': 'abc' });
  await expect(client.getInfo({}, { metadata })).resolves.toMatchObject({ threads: 2 });
});
