import { connectivityState } from '@grpc/grpc-js';
import { ChannelCredentials, createChannel } from 'nice-grpc';
import { expect, it } from 'vitest';
import { createConnectionWait } from './await-connection.js';

it('is over as soon as the channel is closed, which stays closed', {
  timeout: 10_000,
}, async () => {
  // Nobody listens there.
  const address = '127.0.0.1:9';
  const channel = createChannel(address, ChannelCredentials.createInsecure());
  const wait = createConnectionWait({
    ...{ channel, address, connectWaitMs: 60_000 },
    tls: () => undefined,
  });
  const isConnected = wait(new AbortController().signal, '/a.Service/Method');
  channel.close();
  expect(await isConnected).toBe(false);
  expect(channel.getConnectivityState(false)).toBe(connectivityState.SHUTDOWN);
});
