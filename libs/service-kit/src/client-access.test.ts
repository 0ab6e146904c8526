import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readCurrent } from './changing.js';
import { readClientAccess } from './client-access.js';
import { canWriteCertificates, createTestAuthority } from './test-support/tls-files.js';

describe('readClientAccess', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-access-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the first line of a token file, and again when it was replaced', async () => {
    await writeFile(at('token'), '\n secret \r\nold\n');
    const refused: unknown[] = [];
    const logger = { warn: (entry: unknown) => refused.push(entry) };
    const { tls, token } = readClientAccess({ tokenPath: at('token') }, logger);
    expect(tls).toBeUndefined();
    expect(readCurrent(token!)).toBe('secret');
    await writeFile(at('next'), 'new\n');
    await rename(at('next'), at('token'));
    await expect.poll(() => readCurrent(token!), { timeout: 10_000 }).toBe('new');
    await rm(at('token'));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(readCurrent(token!)).toBe('new');
    expect(refused).toEqual([
      expect.objectContaining({ event: 'file.refused', paths: [at('token')] }),
    ]);
  });

  it.runIf(canWriteCertificates)('asks for TLS where a certificate is named', async () => {
    const { authority, issue } = createTestAuthority();
    await writeFile(at('authority'), authority);
    const access = readClientAccess({ authorityPath: at('authority') });
    expect(access.token).toBeUndefined();
    expect(readCurrent(access.tls!)).toEqual({ authority });
    const pair = issue();
    await writeFile(at('certificate'), pair.certificate);
    await writeFile(at('key'), issue().privateKey);
    const files = { certificatePath: at('certificate'), privateKeyPath: at('key') };
    expect(() => readClientAccess(files)).toThrow(`cannot use ${at('certificate')}, ${at('key')}`);
    await writeFile(at('key'), pair.privateKey);
    const { tls } = readClientAccess(files);
    expect(readCurrent(tls!)).toEqual(pair);
  });

  it.runIf(canWriteCertificates)('refuses an authority that is no whole certificate', async () => {
    const [first, second] = [createTestAuthority().authority, createTestAuthority().authority];
    const torn = Buffer.concat([first, second.subarray(0, second.length / 2)]);
    const cases: [string | Buffer, string][] = [
      ['', 'has no certificate'],
      ['garbage', 'has no certificate'],
      [torn.subarray(0, first.length / 2), 'certificate 1 of 1 of the authority is damaged'],
      [torn, 'certificate 2 of 2 of the authority is damaged'],
    ];
    const files = { authorityPath: at('ca') };
    for (const [content, message] of cases) {
      await writeFile(at('ca'), content);
      expect(() => readClientAccess(files)).toThrow(message);
    }
    const whole = Buffer.concat([Buffer.from('# of two years\n'), first, second]);
    await writeFile(at('ca'), whole);
    const warn = vi.fn();
    const { tls } = readClientAccess(files, { warn });
    await writeFile(at('ca'), torn);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(readCurrent(tls!)).toEqual({ authority: whole });
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ event: 'file.refused' }));
  });

  it('names the file that cannot be used', async () => {
    await writeFile(at('empty'), ' \n');
    for (const name of ['none', 'empty']) {
      expect(() => readClientAccess({ tokenPath: at(name) })).toThrow(at(name));
    }
    expect(readClientAccess({})).toEqual({});
    const alone = { certificatePath: at('empty') };
    expect(() => readClientAccess(alone)).toThrow('needed together');
  });
});
