import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSecret, parseToken, readSecretFile } from './read-secret-file.js';

describe('readSecretFile', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-secret-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(text: string, parse: (text: string) => string | undefined) {
    const path = join(folder, 'secret');
    await writeFile(path, text);
    return readSecretFile(path, parse);
  }

  it('sends the first line of a token, as everywhere', async () => {
    expect(await read('new-token\r\nold-token\n', parseToken)).toBe('new-token');
    expect(await read('token', parseToken)).toBe('token');
  });

  it('takes what Standard Webhooks write, and any text', async () => {
    expect(await read('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n', parseSecret)).toMatch(/^whsec_M/);
    expect(await read('a plain text', parseSecret)).toBe('a plain text');
  });

  it.each([
    ['nothing', '\n', parseSecret],
    ['no base64', 'whsec_hidden!', parseSecret],
    ['an empty key', 'whsec_', parseSecret],
    ['no token', ' \n', parseToken],
    ['what no header can carry', 'hidden\u0007token', parseToken],
    ['two words', 'hidden token', parseToken],
  ])('refuses %s, and repeats none of it', async (_, text, parse) => {
    const message = await read(text, parse).catch((error: Error) => error.message);
    expect(message).toBe(
      `${join(folder, 'secret')} holds no secret that can be sent or signed with`,
    );
  });

  it('says which file is missing', async () => {
    const path = join(folder, 'none');
    await expect(readSecretFile(path, parseSecret)).rejects.toThrow(`cannot read ${path}: ENOENT`);
  });
});
