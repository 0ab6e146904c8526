import { createServer } from 'node:net';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRemoteClient, type RemoteClientOptions } from './create-remote-client.js';
import { diagnoseConnection } from './diagnose-connection.js';
import { defineService, type ServerTls, startServer } from './start-server.js';
import { createEncoderFixture } from './test-support/test-encoder.js';
import { canWriteCertificates, createTestAuthority } from './test-support/tls-files.js';

describe.runIf(canWriteCertificates)(
  'a client and a server that do not understand each other',
  () => {
    const open: { close(): unknown }[] = [];
    afterEach(async () => {
      for (const resource of open.splice(0).reverse()) await resource.close();
    });

    type Tls = RemoteClientOptions['tls'] & object;
    let ours: Tls & ServerTls;
    let theirs: Tls & ServerTls;
    let expired: Tls & ServerTls;
    beforeAll(() => {
      const [first, second] = [createTestAuthority(), createTestAuthority()];
      ours = { authority: first.authority, ...first.issue() };
      theirs = { authority: second.authority, ...second.issue() };
      expired = { authority: first.authority, ...first.issue('DNS:localhost', -1) };
    });
    const only = ({ authority }: Tls & ServerTls) => ({ authority });
    const own = ({ certificate, privateKey }: ServerTls) => ({ certificate, privateKey });

    async function serve(tls: ServerTls | undefined) {
      const { implementation } = createEncoderFixture();
      const services = [defineService(EncoderServiceDefinition, implementation)];
      const server = await startServer({ services, ...(tls && { tls }) });
      open.push(server);
      return `localhost:${server.port}`;
    }

    it.each<[string, () => ServerTls | undefined, () => Tls | undefined, RegExp]>([
      [
        'plain to TLS',
        () => own(ours),
        () => undefined,
        /speaks TLS and this client does not: name/,
      ],
      ['plain to mTLS', () => ours, () => undefined, /speaks TLS and this client does not: name/],
      [
        'TLS to plain',
        () => undefined,
        () => only(ours),
        /does not speak TLS and this client does/,
      ],
      ['another authority', () => own(theirs), () => only(ours), /not signed by an authority that/],
      ["the system's authorities", () => own(ours), () => ({}), /not signed by an authority that/],
      [
        'an expired server',
        () => own(expired),
        () => only(ours),
        /not valid now \(.*expired.*\): ren/,
      ],
      [
        'no certificate',
        () => ours,
        () => only(ours),
        /asks its clients for a certificate and this/,
      ],
      [
        'a strange client',
        () => ours,
        () => ({ ...theirs, ...only(ours) }),
        /refuses the certificate/,
      ],
      ['an expired client', () => ours, () => expired, /refuses the certificate .*expired/],
    ])('says what is wrong at once: %s', async (_, server, client, message) => {
      const address = await serve(server());
      const tls = client();
      const remote = createRemoteClient(EncoderServiceDefinition, { address, ...(tls && { tls }) });
      open.push(remote);
      const started = performance.now();
      // Clients wait for a minute where nothing is wrong.
      await expect(remote.client.getInfo({})).rejects.toMatchObject({
        kind: 'precondition',
        message: expect.stringMatching(message),
      });
      expect(performance.now() - started).toBeLessThan(30_000);
    });

    it('names the names of a certificate for another host', async () => {
      const { authority, issue } = createTestAuthority();
      const address = await serve(issue('DNS:encoder.example'));
      expect(await diagnoseConnection(address, { authority })).toMatch(/DNS:encoder\.example/);
      expect(await diagnoseConnection(address, { authority }, 'encoder.example')).toBeUndefined();
      expect(await diagnoseConnection(`dns:///${address}`, undefined)).toMatch(/speaks TLS/);
    });

    it('finds nothing wrong where nothing is, and with one who is not there or says nothing', async () => {
      expect(await diagnoseConnection(await serve(undefined), undefined)).toBeUndefined();
      expect(await diagnoseConnection(await serve(ours), ours)).toBeUndefined();
      expect(await diagnoseConnection(await serve(own(ours)), only(ours))).toBeUndefined();
      expect(await diagnoseConnection('localhost:1', only(ours))).toBeUndefined();
      expect(await diagnoseConnection('localhost', only(ours))).toBeUndefined();
      const silent = createServer(() => {});
      open.push(silent);
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as { port: number };
      expect(await diagnoseConnection(`127.0.0.1:${port}`, undefined)).toBeUndefined();
      expect(await diagnoseConnection(`127.0.0.1:${port}`, only(ours))).toBeUndefined();
    });
  },
);
