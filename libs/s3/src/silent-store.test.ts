import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from './connect.js';
import { explainError } from './explain-error.js';
import { openBucket } from './open-bucket.js';

describe('a store that accepts connections and does not answer', () => {
  let server: Server;
  let endpoint: string;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const environment = { AWS_ENDPOINT_URL: endpoint, AWS_MAX_ATTEMPTS: '2' };
    const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    for (const [name, value] of Object.entries({ ...environment, ...credentials })) {
      vi.stubEnv(name, value);
    }
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  it('is given up after a while, with its endpoint and what to do', async () => {
    const client = await createClient({ connectionTimeout: 200, socketTimeout: 200 });
    const error = await client.send(new ListObjectsV2Command({ Bucket: 'b' })).catch((e) => e);
    expect(sockets).toHaveLength(2);
    expect(explainError(error, { bucket: 'b', key: 'k' })).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        `^s3://b/k: the store at ${endpoint}, .* cannot be reached: .*200 ms.*; see that it runs and`,
      ),
    });
    client.destroy();
  });

  it('is not waited for longer than a caller says', async () => {
    const bucket = openBucket('b');
    const write = bucket.write('k', 'text', undefined, AbortSignal.timeout(200));
    await expect(write).rejects.toThrow('s3://b/k: ');
    await expect(bucket.read('k', AbortSignal.timeout(200))).rejects.toThrow('s3://b/k: ');
  });
});
