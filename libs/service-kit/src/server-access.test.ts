import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate } from 'node:tls';
import { HealthDefinition } from '@holdfast/proto/grpc/health/v1/health';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { Metadata } from 'nice-grpc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAllowedIdentities } from './allowed-identities.js';
import { findCertifiedName } from './caller-identity.js';
import { createRemoteClient, type RemoteClientOptions } from './create-remote-client.js';
import { listIdentities } from './require-identity.js';
import { readTokens } from './require-token.js';
import { runServer } from './run-server.js';
import { defineService, type ServerOptions, startServer } from './start-server.js';
import { createEncoderFixture } from './test-support/test-encoder.js';
import { canWriteCertificates, createTestAuthority } from './test-support/tls-files.js';

const open: { close(): unknown }[] = [];
const peers: string[] = [];
/** By which names of their certificates they called. */
const names: (string | undefined)[] = [];
let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-access-'));
});
afterEach(async () => {
  for (const resource of open.splice(0).reverse()) await resource.close();
  peers.length = 0;
  names.length = 0;
  await rm(folder, { recursive: true });
});

/** An encoder that remembers who called. */
function createServices() {
  const { implementation } = createEncoderFixture();
  return [
    defineService(EncoderServiceDefinition, {
      ...implementation,
      async getInfo(_request, context) {
        peers.push(context.peer);
        names.push(findCertifiedName(context));
        return { threads: 2 };
      },
    }),
  ];
}

async function serve(options: Omit<ServerOptions, 'services'>) {
  const server = await startServer({ ...options, services: createServices() });
  open.push(server);
  return server;
}

/** A server with the given flags, whose files may be replaced. */
async function run(...argv: string[]) {
  const server = await runServer({
    name: 'encoder',
    settings: {},
    argv: ['--log-level', 'silent', ...argv],
    environment: {},
    start: async () => ({ services: createServices() }),
  });
  open.push(server!);
  return server!;
}

function connect(port: number, options: Omit<RemoteClientOptions, 'address'> = {}) {
  const remote = createRemoteClient(EncoderServiceDefinition, {
    ...options,
    address: `localhost:${port}`,
  });
  open.push(remote);
  return remote.client;
}

/** Whether a call is let in over a connection of its own, or why not. */
async function tryCall(port: number, options: Omit<RemoteClientOptions, 'address'>) {
  const remote = createRemoteClient(EncoderServiceDefinition, {
    ...options,
    address: `localhost:${port}`,
    attemptsMax: 1,
  });
  const answer = await remote.client.getInfo({}).then(
    () => 'let in',
    ({ kind }) => kind,
  );
  remote.close();
  return answer;
}

describe('tokens', () => {
  it('are each valid that stand in the file, as long as they stand there', async () => {
    await writeFile(at('token'), 'old\n');
    const { port } = await run('--token-path', at('token'));
    expect(await tryCall(port, { token: 'old' })).toBe('let in');
    expect(await tryCall(port, { token: 'new' })).toBe('unauthenticated');
    await writeFile(at('token'), 'new\nold\n');
    await expect.poll(() => tryCall(port, { token: 'new' }), { timeout: 10_000 }).toBe('let in');
    expect(await tryCall(port, { token: 'old' })).toBe('let in');
    await writeFile(at('token'), 'new\n');
    const old = () => tryCall(port, { token: 'old' });
    await expect.poll(old, { timeout: 10_000 }).toBe('unauthenticated');
    // A file that has none in the middle of being written leaves the last ones.
    await writeFile(at('token'), '');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await tryCall(port, { token: '' })).toBe('unauthenticated');
    expect(await tryCall(port, { token: 'new' })).toBe('let in');
  });

  it('are lines without blanks around', () => {
    expect(readTokens(' a b \r\n\n\tc\n')).toEqual(['a b', 'c']);
    expect(readTokens(' \n ')).toEqual([]);
  });
});

it.each(['a.example=', '=*', 'a.example=GetInfo', 'a.example=holdfast.encoder.v1.Encoder/Get*x'])(
  'nobody is let in for what is no method, and nothing for nobody: %s',
  (entry) => {
    expect(() => parseAllowedIdentities([entry])).toThrow(`--allowed-identities: '${entry}'`);
  },
);

describe.runIf(canWriteCertificates)('certificates', () => {
  it('let in whose name is allowed, and nobody else; health answers every certificate', async () => {
    const { authority, issue } = createTestAuthority();
    const { port } = await serve({
      tls: { authority, ...issue() },
      allowedIdentities: ['spiffe://cluster/controller', 'trainer.example'],
    });
    const call = (names: string) => tryCall(port, { tls: { authority, ...issue(names) } });
    expect(await call('DNS:trainer.example')).toBe('let in');
    expect(await call('DNS:other.example,URI:spiffe://cluster/controller')).toBe('let in');
    expect(await call('DNS:other.example')).toBe('unauthenticated');
    expect(await call('URI:spiffe://cluster/controller/more')).toBe('unauthenticated');
    const stranger = createRemoteClient(HealthDefinition, {
      address: `localhost:${port}`,
      tls: { authority, ...issue('DNS:other.example') },
    });
    open.push(stranger);
    expect(await stranger.client.check({})).toEqual({ status: 1 });
    await expect(
      connect(port, { tls: { authority, ...issue('DNS:other.example') } }).getInfo({}),
    ).rejects.toThrow('the certificate of the client names other.example, and this server answers');
  });

  it('let in for some methods, and say so of the others', async () => {
    const { authority, issue } = createTestAuthority();
    const info = 'holdfast.encoder.v1.EncoderService/GetInfo';
    const { port } = await serve({
      tls: { authority, ...issue() },
      allowedIdentities: [
        `reader.example=${info}`,
        'loader.example=holdfast.encoder.v1.EncoderService/Load*',
        `both.example=holdfast.tensor.v1.TensorService/*`,
        `both.example=holdfast.encoder.v1.*`,
      ],
    });
    const as = (names: string) => connect(port, { tls: { authority, ...issue(names) } });
    const reader = as('DNS:reader.example');
    expect(await reader.getInfo({})).toMatchObject({ threads: 2 });
    const forbidden = 'reader.example may not call holdfast.encoder.v1.EncoderService/UnloadModel';
    await expect(reader.unloadModel({ runId: 'run' })).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining(forbidden),
    });
    await expect(as('DNS:loader.example').getInfo({})).rejects.toMatchObject({ kind: 'forbidden' });
    // What several names may call, one who has them may.
    expect(await as('DNS:loader.example,DNS:reader.example').getInfo({})).toBeDefined();
    expect(await as('DNS:both.example').getInfo({})).toBeDefined();
    await expect(as('DNS:other.example').getInfo({})).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
  });

  it('say to handlers who calls, and nobody says it but they', async () => {
    const { authority, issue } = createTestAuthority();
    const metadata = Metadata({ 'holdfast-certified-name-bin': Buffer.from('root') });
    const call = async (allowedIdentities: string[] | undefined, named: string) => {
      const { port } = await serve({ tls: { authority, ...issue() }, allowedIdentities });
      await connect(port, { tls: { authority, ...issue(named) } }).getInfo({}, { metadata });
      return names.at(-1);
    };
    const two = 'DNS:other.example,URI:spiffe://cluster/controller';
    expect(await call(['spiffe://cluster/controller'], two)).toBe('spiffe://cluster/controller');
    expect(await call(undefined, two)).toBe('other.example');
    const { port } = await serve({});
    await connect(port).getInfo({}, { metadata });
    expect(names.at(-1)).toBeUndefined();
  });

  it('are read again when they were replaced: by the server and by the client', async () => {
    const [first, second] = [createTestAuthority(), createTestAuthority()];
    async function write({ authority, issue }: typeof first) {
      const { certificate, privateKey } = issue();
      await writeFile(at('authority'), authority);
      await writeFile(at('certificate'), certificate);
      // In between they are no pair: the server goes on with the last one.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      await writeFile(at('key'), privateKey);
    }
    await write(first);
    const files = [
      '--tls-certificate-path',
      at('certificate'),
      '--tls-private-key-path',
      at('key'),
    ];
    const argv = [...files, '--tls-client-authority-path', at('authority')];
    const { port } = await run(...argv, '--connection-age-seconds', '1');
    const options = ({ authority, issue }: typeof first) => ({
      tls: { authority, ...issue() },
      connectWaitMs: 1000,
    });
    expect(await tryCall(port, options(first))).toBe('let in');
    let { tls } = options(first);
    const lasting = connect(port, { tls: () => tls });
    await lasting.getInfo({});
    await write(second);
    const call = () => tryCall(port, options(second));
    await expect.poll(call, { timeout: 20_000 }).toBe('let in');
    expect(await tryCall(port, options(first))).toBe('precondition');
    tls = options(second).tls;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await expect(lasting.getInfo({})).resolves.toMatchObject({ threads: 2 });
  });
});

describe('beyond this machine', () => {
  it('a server takes plain calls only behind a mesh', async () => {
    const listen = { host: '0.0.0.0' };
    await expect(serve({ listen })).rejects.toThrow('--insecure-behind-mesh true');
    await expect(serve({ listen, token: 'secret' })).rejects.toThrow('give the server TLS, listen');
    const { port } = await serve({ listen, insecureBehindMesh: true });
    expect(await tryCall(port, {})).toBe('let in');
  });

  it.runIf(canWriteCertificates)(
    'TLS asks for a token or for certificates of clients',
    async () => {
      const listen = { host: '0.0.0.0' };
      const { authority, issue } = createTestAuthority();
      await expect(serve({ listen, tls: issue() })).rejects.toThrow(
        'give the server a token, listen',
      );
      const { port } = await serve({ listen, tls: { authority, ...issue() } });
      expect(await tryCall(port, { tls: { authority, ...issue() } })).toBe('let in');
    },
  );

  it('a client speaks plainly only behind a mesh', () => {
    const address = 'encoder.example:50051';
    expect(() => createRemoteClient(EncoderServiceDefinition, { address })).toThrow(
      'another machine',
    );
    const options = { address, insecureBehindMesh: true };
    createRemoteClient(EncoderServiceDefinition, options).close();
  });

  it('identities without an authority of clients are refused', async () => {
    await expect(serve({ allowedIdentities: ['a.example'] })).rejects.toThrow('name an authority');
  });
});

describe('the identities of a certificate', () => {
  const list = (subjectaltname: string) => listIdentities({ subjectaltname } as PeerCertificate);

  it('are its names, but for those that could be read as several', () => {
    expect(
      list('DNS:a.example, URI:spiffe://b/c, IP Address:127.0.0.1, email:d@e.example'),
    ).toEqual([...['a.example', 'spiffe://b/c', '127.0.0.1', 'd@e.example']]);
    expect(list('URI:"spiffe://x, DNS:controller.example, \\"y", DNS:a.example')).toEqual([
      'a.example',
    ]);
    expect(listIdentities(undefined)).toEqual([]);
  });
});

it('clients connect again after a while; no call is lost by that, and none under way is cut', async () => {
  const { port } = await serve({ connectionAgeMs: 500 });
  const client = connect(port);
  const until = performance.now() + 3000;
  async function callOften() {
    while (performance.now() < until) await client.getInfo({});
  }
  async function readOn() {
    for await (const { imagesPrepared } of client.openSamples({ runId: 'endless' })) {
      if (performance.now() > until) return imagesPrepared;
    }
    return undefined;
  }
  const [read] = await Promise.all([readOn(), ...Array.from({ length: 8 }, callOften)]);
  expect(read).toBeGreaterThan(0);
  expect(new Set(peers).size).toBeGreaterThan(1);
});
