import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readClientAccess } from './client-access.js';

describe('readClientAccess', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-access-'));
    await writeFile(at('token'), 'secret\n');
    await writeFile(at('authority'), 'PEM');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads a token without its line end, and asks for TLS where a certificate is named', async () => {
    expect(await readClientAccess({ tokenPath: at('token') })).toEqual({ token: 'secret' });
    const tls = { authority: Buffer.from('PEM') };
    expect(await readClientAccess({ authorityPath: at('authority') })).toEqual({ tls });
    expect(await readClientAccess({})).toEqual({});
  });

  it('names the file that cannot be read', async () => {
    await expect(readClientAccess({ privateKeyPath: at('none') })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(at('none')),
    });
  });
});
