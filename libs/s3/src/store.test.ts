import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FaultyProxy,
  hasS3Server,
  type S3Server,
  startFaultyProxy,
  startS3Server,
} from '@holdfast/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

/** The modules as a process of its own has them: nothing seen, no client. */
async function load() {
  vi.resetModules();
  return import('./index.js');
}

describe.skipIf(!hasS3Server)('an object store', () => {
  let server: S3Server;
  let proxy: FaultyProxy;
  let machines = 0;
  beforeAll(async () => {
    server = await startS3Server();
    await server.addBucket('bucket');
    proxy = await startFaultyProxy(server.port);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await proxy?.close();
    await server?.close();
  });
  /** Another machine, with nothing in its cache. */
  async function useMachine(environment: Record<string, string | undefined> = {}) {
    machines += 1;
    const all = { ...server.environment(`cache-${machines}`), ...environment };
    const enter = () => {
      for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
    };
    const s3 = await load();
    // What a machine does, it does in its own environment.
    return new Proxy(s3, {
      get(target, name) {
        enter();
        return Reflect.get(target, name);
      },
    });
  }
  async function put(s3: Awaited<ReturnType<typeof load>>, uri: string, data: string | Buffer) {
    const path = s3.toMirrorPath(uri);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, data);
    await s3.pushFile(path);
    return path;
  }
  beforeEach(() => proxy.spoil([]));

  it('gives another machine what one has put there, a large file in parts too', async () => {
    const one = await useMachine();
    const large = randomBytes(20 * 2 ** 20 + 1);
    await put(one, 's3://bucket/whole/large.bin', large);
    await put(one, 's3://bucket/whole/a b/ä%20.txt', 'small');
    await put(one, 's3://bucket/wholesale/other.txt', 'other');
    const two = await useMachine();
    const folder = two.toMirrorPath('s3://bucket/whole');
    await two.pullFolder(folder);
    expect((await readFile(join(folder, 'large.bin'))).equals(large)).toBe(true);
    expect(await readFile(join(folder, 'a b/ä%20.txt'), 'utf8')).toBe('small');
    expect((await readdir(folder)).sort()).toEqual(['a b', 'large.bin']);
  });

  it('brings what changed, and no more, and removes what is gone', async () => {
    const one = await useMachine();
    const first = await put(one, 's3://bucket/data/first', 'one');
    await put(one, 's3://bucket/data/second', 'one');
    await put(one, 's3://bucket/data/third', 'one');
    const two = await useMachine();
    const folder = two.toMirrorPath('s3://bucket/data');
    await two.pullFolder(folder);
    await put(one, one.toUri(first), 'two');
    await one.removeStored(one.toMirrorPath('s3://bucket/data/second'));
    // Were it brought again, it would be what the store has.
    const third = join(folder, 'third');
    await two.pullFolder(folder);
    expect(await readFile(join(folder, 'first'), 'utf8')).toBe('two');
    expect((await readdir(folder)).sort()).toEqual(['first', 'third']);
    await rm(third);
    await two.pullFolder(folder);
    expect(await readFile(third, 'utf8')).toBe('one');
    await writeFile(third, 'changed here');
    await two.pullFile(third);
    expect(await readFile(third, 'utf8')).toBe('one');
    await two.pullFile(folder);
    expect((await readdir(folder)).sort()).toEqual(['first', 'third']);
  });

  it('puts a folder into the store and removes one, but for what is not finished', async () => {
    const one = await useMachine();
    const folder = one.toMirrorPath('s3://bucket/checkpoint');
    await mkdir(join(folder, 'optimizer'), { recursive: true });
    for (const name of ['manifest.json', 'optimizer/state'])
      await writeFile(join(folder, name), name);
    await one.pushFolder(folder);
    await rm(join(folder, 'optimizer/state'));
    await one.pushFolder(folder);
    expect([...(await one.listBelow(folder)).keys()].sort()).toEqual([
      'manifest.json',
      'optimizer/state',
    ]);
    await one.removeStored(folder);
    expect((await one.listBelow(folder)).size).toBe(0);
    const half = join(dirname(folder), '.step.tmp/a');
    await mkdir(dirname(half), { recursive: true });
    await writeFile(half, 'half');
    await one.pushFile(half);
    await one.pushFolder(dirname(half));
    const bucket = one.toMirrorPath('s3://bucket');
    expect([...(await one.listBelow(bucket)).keys()].join()).not.toContain('.tmp');
  });

  it('writes a name once where two want it', async () => {
    const one = await useMachine();
    const path = one.toMirrorPath('s3://bucket/claims/run');
    const both = await Promise.allSettled([one.claimStored(path), one.claimStored(path)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(one.claimStored(path)).rejects.toThrow('s3://bucket/claims/run is taken already');
    const left = (await one.listBelow(dirname(path))).get('run');
    await one.claimStored(path, left);
    await expect(one.claimStored(path, left)).rejects.toThrow('is taken already');
  });

  it('has a name whose answer was lost', async () => {
    const { endpoint } = proxy;
    const one = await useMachine({ AWS_ENDPOINT_URL: endpoint });
    const path = one.toMirrorPath('s3://bucket/claims/lost');
    proxy.spoil(['lost']);
    await one.claimStored(path);
    await expect(one.claimStored(path)).rejects.toThrow('is taken already');
  });

  it.each([
    ['small', 10],
    ['large', 9 * 2 ** 20],
  ])(
    'asks the fence before it writes over what another wrote meanwhile: %s',
    async (name, bytes) => {
      const one = await useMachine();
      const uri = `s3://bucket/fenced/${name}`;
      const path = one.toMirrorPath(uri);
      await mkdir(dirname(path), { recursive: true });
      let asked = 0;
      const held = async () => {
        asked += 1;
      };
      await writeFile(path, Buffer.alloc(bytes, 1));
      await one.pushFile(path, held);
      await writeFile(path, Buffer.alloc(bytes, 2));
      await one.pushFile(path, held);
      expect(asked).toBe(0);
      const two = await useMachine();
      await put(two, uri, Buffer.alloc(bytes, 3));
      const lost = async () => {
        throw new Error('taken over');
      };
      await expect(one.pushFile(path, lost)).rejects.toThrow('taken over');
      await two.pullFile(two.toMirrorPath(uri));
      expect((await readFile(two.toMirrorPath(uri)))[0]).toBe(3);
      await one.pushFile(path, held);
      expect(asked).toBe(1);
      await two.pullFile(two.toMirrorPath(uri));
      expect((await readFile(two.toMirrorPath(uri)))[0]).toBe(2);
    },
  );

  it.each([true, false])(
    'writes a large file whose last answer is lost, fenced: %s',
    async (fenced) => {
      const { endpoint } = proxy;
      const one = await useMachine({ AWS_ENDPOINT_URL: endpoint });
      const uri = `s3://bucket/lost/large-${fenced}`;
      const path = one.toMirrorPath(uri);
      await mkdir(dirname(path), { recursive: true });
      const data = randomBytes(9 * 2 ** 20);
      await writeFile(path, data);
      proxy.spoil(['lost', 'no-such-upload'], /^POST .*uploadId=/);
      await one.pushFile(path, fenced ? async () => {} : undefined);
      const two = await useMachine();
      await two.pullFile(two.toMirrorPath(uri));
      expect((await readFile(two.toMirrorPath(uri))).equals(data)).toBe(true);
    },
  );

  it('removes nothing for who may not write any more', async () => {
    const one = await useMachine();
    const path = await put(one, 's3://bucket/removed/manifest.json', 'a');
    const lost = async () => {
      throw new Error('taken over');
    };
    await expect(one.removeStored(dirname(path), lost)).rejects.toThrow('taken over');
    expect((await one.listBelow(dirname(path))).size).toBe(1);
    expect(await readFile(path, 'utf8')).toBe('a');
  });

  it('keeps its bound by what no process uses, and says when everything is in use', async () => {
    const mib = 2 ** 20;
    const one = await useMachine();
    for (const name of ['first', 'second', 'third'])
      await put(one, `s3://bucket/bound/${name}`, randomBytes(mib));
    // One cache, two processes, room for two of the objects.
    const bound = { HOLDFAST_S3_CACHE_MAX_GIB: String(2.5 / 1024) };
    const former = await useMachine(bound);
    const [first, second, third] = ['first', 'second', 'third'].map((name) =>
      former.toMirrorPath(`s3://bucket/bound/${name}`),
    );
    await former.pullFiles([first!, second!]);
    await expect(former.pullFile(third!)).rejects.toMatchObject({
      kind: 'exhausted',
      message: expect.stringMatching(/no room .* raise HOLDFAST_S3_CACHE_MAX_GIB/),
    });
    expect((await readdir(dirname(first!))).sort()).toEqual(['first', 'second']);
    const cache = process.env['HOLDFAST_S3_CACHE']!;
    // That process ends.
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const name of await readdir(join(cache, '.users')))
      await utimes(join(cache, '.users', name), hourAgo, hourAgo);
    await sleep(50);
    const next = await useMachine({ ...bound, HOLDFAST_S3_CACHE: cache });
    await next.pullFile(second!);
    await next.pullFile(third!);
    expect((await readdir(dirname(first!))).sort()).toEqual(['second', 'third']);
    await expect(next.pullFile(first!)).rejects.toThrow('no room');
    // What has come counts once: what was removed is room.
    await rm(third!);
    await next.pullFile(third!);
  });

  it('waits where the store asks to slow down', async () => {
    const { endpoint } = proxy;
    const one = await useMachine({ AWS_ENDPOINT_URL: endpoint });
    proxy.spoil(['slow-down', 'slow-down']);
    const path = await put(one, 's3://bucket/slow', 'slow');
    proxy.spoil(['slow-down', 'slow-down', 'slow-down']);
    await rm(path);
    await one.pullFile(path);
    expect(await readFile(path, 'utf8')).toBe('slow');
  });

  it.each(['cut-off', 'changed'] as const)('reads again what came %s', async (fault) => {
    const { endpoint } = proxy;
    const one = await useMachine({ AWS_ENDPOINT_URL: endpoint });
    const data = randomBytes(100_000);
    const path = await put(one, `s3://bucket/${fault}`, data);
    await rm(path);
    proxy.spoil([fault], /^GET /);
    await one.pullFile(path);
    expect((await readFile(path)).equals(data)).toBe(true);
    await rm(path);
    proxy.spoil([fault, fault, fault], /^GET /);
    await expect(one.pullFile(path)).rejects.toThrow(`s3://bucket/${fault}`);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  it('says what is wrong with a store, and what to do', async () => {
    const one = await useMachine();
    const missing = one.toMirrorPath('s3://no-such-bucket/a');
    await expect(one.pullFile(missing)).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringMatching(/^s3:\/\/no-such-bucket\/a: there is no such bucket/),
    });
    const two = await useMachine({ AWS_SECRET_ACCESS_KEY: 'wrong' });
    const path = two.toMirrorPath('s3://bucket/a');
    await expect(two.pullFile(path)).rejects.toMatchObject({ kind: 'precondition' });
    await expect(two.pullFile(path)).rejects.toThrow('s3://bucket/a: the store refuses the secret');
    const stranger = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const nobody = await useMachine({ ...stranger, AWS_EC2_METADATA_DISABLED: 'true' });
    await expect(nobody.pullFile(nobody.toMirrorPath('s3://bucket/a'))).rejects.toMatchObject({
      kind: 'precondition',
      message: expect.stringContaining('no credentials were found: set AWS_ACCESS_KEY_ID'),
    });
    const nowhere = await useMachine({ AWS_REGION: undefined, AWS_ENDPOINT_URL: undefined });
    await expect(nowhere.pullFile(nowhere.toMirrorPath('s3://bucket/a'))).rejects.toThrow(
      'no region is known: set AWS_REGION',
    );
    const three = await useMachine({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_MAX_ATTEMPTS: '2',
    });
    await expect(three.pullFile(three.toMirrorPath('s3://bucket/a'))).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('the store at http://127.0.0.1:9, or what'),
    });
  });
});
