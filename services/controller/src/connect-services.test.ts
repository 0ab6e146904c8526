import {
  EncoderServiceDefinition,
  type EncoderServiceImplementation,
  GetInfoResponse,
} from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { defineService, Registry, type RunningServer, startServer } from '@holdfast/service-kit';
import { afterEach, expect, it } from 'vitest';
import { type ConnectionSettings, connectServices } from './connect-services.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** An encoder that says who it is, and nothing else. */
async function startEncoder(engineId: string): Promise<RunningServer> {
  const methods = Object.keys(EncoderServiceDefinition.methods).map((name) => [
    name,
    async () => ({}),
  ]);
  const getInfo = async () => GetInfoResponse.fromPartial({ engineId });
  const service = { ...Object.fromEntries(methods), getInfo } as EncoderServiceImplementation;
  const server = await startServer({
    services: [defineService(EncoderServiceDefinition, service)],
  });
  closers.push(() => server.close());
  return server;
}

async function connect(encoderAddress: string) {
  const elsewhere = '127.0.0.1:1';
  const settings: ConnectionSettings = {
    encoderAddress,
    constraintAddress: elsewhere,
    optimizerAddress: elsewhere,
    evaluatorAddress: elsewhere,
  };
  const clients = await connectServices(settings, { registry: new Registry() });
  closers.push(clients.close);
  return clients;
}

it('connects the only encoder at a fixed address, which does not come and go', async () => {
  const { address } = await startEncoder('one');
  const { encoder, replicas } = await connect(address);
  expect(replicas).toBeUndefined();
  expect(await encoder.getInfo({})).toMatchObject({ engineId: 'one' });
});

it('connects each encoder of a list', async () => {
  const servers = [await startEncoder('one'), await startEncoder('two')];
  const { replicas } = await connect(servers.map(({ address }) => address).join(', '));
  const infos = replicas!.list().map(({ encoder }) => encoder.getInfo({}));
  expect(await Promise.all(infos)).toMatchObject([{ engineId: 'one' }, { engineId: 'two' }]);
});

it('connects what a name stands for', async () => {
  const port = (await startEncoder('one')).address.split(':').at(-1);
  const { replicas } = await connect(`dns:///localhost:${port}`);
  await expect.poll(() => replicas!.list().length, { timeout: 10_000 }).toBeGreaterThan(0);
  const answers = replicas!.list().map(({ encoder }) => encoder.getInfo({}));
  // The name may stand for an address of IPv6, too, where nobody listens.
  expect(await Promise.any(answers)).toMatchObject({ engineId: 'one' });
});

it.each(['one', 'host:1,', 'dns:///name'])('refuses %s', async (address) => {
  await expect(connect(address)).rejects.toMatchObject({ kind: 'invalid' });
});
