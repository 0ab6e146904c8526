import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EncoderServiceDefinition } from '@holdfast/proto/holdfast/encoder/v1/encoder';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createRemoteClient } from './create-remote-client.js';
import { runServer } from './run-server.js';
import { defineService } from './start-server.js';
import { createEncoderFixture } from './test-support/test-encoder.js';
import { canWriteCertificates, writeTestCertificates } from './test-support/tls-files.js';

describe('runServer', () => {
  let folder: string;
  let errors: string;
  const events: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-server-'));
    errors = '';
    events.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      errors += text;
      return true;
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
    await rm(folder, { recursive: true });
  });

  function run(argv: string[], environment: Record<string, string> = {}) {
    return runServer({
      name: 'encoder',
      settings: { threads: z.coerce.number().int().positive().default(1) },
      argv: ['--log-level', 'silent', ...argv],
      environment,
      start: async ({ threads }) => {
        events.push(`start ${threads}`);
        const { implementation } = createEncoderFixture();
        return {
          services: [defineService(EncoderServiceDefinition, implementation)],
          drain: async () => void events.push('drain'),
          close: async () => void events.push('close'),
        };
      },
    });
  }

  it('serves with what flags and variables say, and closes in order on SIGTERM', async () => {
    await writeFile(join(folder, 'token'), 'secret\n');
    const argv = ['--token-path', join(folder, 'token'), '--metrics-port', '0'];
    const server = await run(argv, { HOLDFAST_ENCODER_THREADS: '3' });
    const remote = createRemoteClient(EncoderServiceDefinition, {
      address: server!.address,
      token: 'secret',
    });
    await expect(remote.client.getInfo({})).resolves.toMatchObject({ threads: 2 });
    remote.close();
    const metrics = await fetch(`http://127.0.0.1:${server!.metricsPort}/metrics`);
    expect(await metrics.text()).toContain('process_cpu_seconds_total');
    process.emit('SIGTERM', 'SIGTERM');
    await server!.close();
    expect(events).toEqual(['start 3', 'drain', 'close']);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  it('ends with the exit code that a drained server is to have', async () => {
    const server = await run(['--drained-exit-code', '143']);
    process.emit('SIGTERM', 'SIGTERM');
    await server!.close();
    expect(process.exitCode).toBe(143);
  });

  it('says on stderr what is wrong with its settings, and does not start', async () => {
    expect(await run(['--threads', 'many', '--listen-port', '99999'])).toBeUndefined();
    expect(process.exitCode).toBe(1);
    expect(errors).toMatch(/holdfast encoder cannot start:\n {2}--/);
    expect(errors).toContain('--threads');
    expect(errors).toContain('--listen-port');
    expect(events).toEqual([]);
  });

  it.each([
    [['--token-path', 'nothing-here'], '--token-path: cannot use nothing-here'],
    [['--listen-host', '0.0.0.0'], 'give the server TLS and a token'],
  ])('refuses %j', async (argv, message) => {
    expect(await run(argv)).toBeUndefined();
    expect(errors).toContain(message);
  });

  it.runIf(canWriteCertificates)(
    'reads certificates, and refuses half a pair and an empty token',
    async () => {
      const pem = writeTestCertificates();
      const paths = ['certificate', 'privateKey', 'authority'] as const;
      for (const name of paths) await writeFile(join(folder, name), pem[name]);
      await writeFile(join(folder, 'empty'), ' \n');
      await run(['--tls-certificate-path', join(folder, 'certificate')]);
      expect(errors).toContain('TLS needs both');
      await run(['--token-path', join(folder, 'empty')]);
      expect(errors).toContain(`--token-path: cannot use ${join(folder, 'empty')}: it is empty`);
      const server = await run([
        ...['--tls-certificate-path', join(folder, 'certificate')],
        ...['--tls-private-key-path', join(folder, 'privateKey')],
        ...['--tls-client-authority-path', join(folder, 'authority')],
        ...['--listen-host', 'localhost'],
      ]);
      const { close, client } = createRemoteClient(EncoderServiceDefinition, {
        address: server!.address,
        tls: pem,
      });
      await expect(client.getInfo({})).resolves.toMatchObject({ threads: 2 });
      close();
      await server!.close();
    },
  );

  it('frees the service if its address is taken', async () => {
    const server = await run([]);
    expect(await run(['--listen-port', String(server!.port)])).toBeUndefined();
    expect(errors).toContain('cannot listen on 127.0.0.1');
    expect(events).toEqual(['start 1', 'start 1', 'close']);
    await server!.close();
  });

  it('prints its flags on --help', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await run(['--help'])).toBeUndefined();
    expect(String(written.mock.calls[0]?.[0])).toContain('HOLDFAST_ENCODER_THREADS');
    expect(events).toEqual([]);
  });
});
