import { hostname } from 'node:os';
import { TensorServiceDefinition } from '@holdfast/proto/holdfast/tensor/v1/tensor';
import { afterEach, expect, it } from 'vitest';
import { connectPeers, type PeerSettings, type Peers } from './connect-peers.js';
import { connectRemotely } from './test-support/test-encoder.js';

const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(settings?: PeerSettings): Promise<Peers<typeof TensorServiceDefinition>> {
  const peers = await connectPeers(TensorServiceDefinition, settings);
  closers.push(peers.close);
  return peers;
}

it('calls a service of this machine by its address, over one connection', async () => {
  const peers = await open();
  const connection = await connectRemotely();
  closers.push(connection.close);
  const client = peers.connect(connection.address);
  expect(await client.describe({ runId: 'r' })).toMatchObject({ engineId: '' });
  expect(peers.connect(connection.address)).toBe(client);
});

it.each([
  ['other.example:1', undefined, 'other.example is not a peer of this service (this machine)'],
  ['127.0.0.1', undefined, "'127.0.0.1' is not host:port"],
  ['127.0.0.1:1', ['gpu.example'], '127.0.0.1 is not a peer of this service (gpu.example)'],
  ['evil-pods.example:1', ['*.pods.example'], 'is not a peer'],
  // A peer, but without TLS.
  ['a.pods.example:1', ['*.pods.example'], 'is another machine: give the client TLS'],
  ['gpu.example:1', ['gpu.example'], 'is another machine: give the client TLS'],
])('refuses to connect to %s with the peers %s', async (address, peerHosts, message) => {
  const peers = await open({ peerHosts });
  expect(() => peers.connect(address)).toThrow(message);
});

it('says where others reach this service: as it is told, or where it listens', async () => {
  const peers = await open();
  expect(peers.address()).toBe('');
  peers.listening('127.0.0.1:7');
  expect(peers.address()).toBe('127.0.0.1:7');
  peers.listening('[::]:7');
  expect(peers.address()).toBe(`${hostname()}:7`);
  const told = await open({ advertiseAddress: 'encoder.example:1' });
  told.listening('0.0.0.0:7');
  expect(told.address()).toBe('encoder.example:1');
});
