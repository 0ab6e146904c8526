import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBucket, resolveName } from '@holdfast/s3';
import { hasS3Server, type S3Server, startS3Server } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeFolderAtomic } from './write-folder-atomic.js';

describe.skipIf(!hasS3Server)('a folder in an object store', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    await server.addBucket('signs');
    for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.close();
  });
  const write = (uri: string, names: readonly string[]) =>
    writeFolderAtomic(resolveName('.', uri), async (temporary) => {
      for (const name of names) await writeFile(join(temporary, name), name);
    });
  const listKeys = async () => (await openBucket('signs').list('')).map(({ key }) => key);

  it('replaces an earlier one, and none of other objects, of which nothing is here', async () => {
    await openBucket('signs').write('images/stop/1.png', 'pixels');
    await openBucket('signs').write('model/config', 'earlier');
    await write('s3://signs/model', ['config', 'weights']);
    for (const uri of ['s3://signs/images', 's3://signs'])
      await expect(write(uri, ['config'])).rejects.toMatchObject({ kind: 'precondition' });
    expect(await listKeys()).toEqual(['images/stop/1.png', 'model/config', 'model/weights']);
    expect((await openBucket('signs').read('model/config'))?.text).toBe('config');
  });
});
