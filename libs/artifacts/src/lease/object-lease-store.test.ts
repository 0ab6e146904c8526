import { type ObjectStore, openBucket } from '@holdfast/s3';
import { hasS3Server, type S3Server, startS3Server } from '@holdfast/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LeaseStore } from './lease-store.js';
import { createObjectLeaseStore } from './object-lease-store.js';
import { outwaitLease, takeLease } from './take-lease.js';

const longMs = 60_000;

describe.skipIf(!hasS3Server)('a lease in an object store', () => {
  let server: S3Server;
  let leases = 0;
  let key: string;
  beforeAll(async () => {
    server = await startS3Server();
    await server.addBucket('runs');
    for (const [name, value] of Object.entries(server.environment())) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.close();
  });
  beforeEach(() => {
    leases += 1;
    key = `run-${leases}/lease`;
  });
  /** The store of one process: each knows only what it wrote itself. */
  const open = (options?: { forgets?: boolean }): LeaseStore =>
    createObjectLeaseStore(
      `s3://runs/${key}`,
      { bucket: 'runs', key },
      openBucket('runs'),
      options,
    );
  const listTerms = async () => (await openBucket('runs').list(`${key}/`)).map(({ key }) => key);

  it('is given to one of many', async () => {
    const tries = await Promise.all(
      Array.from({ length: 6 }, () => takeLease(open(), { lengthMs: longMs })),
    );
    expect(tries.filter((lease) => 'term' in lease)).toHaveLength(1);
    expect(await listTerms()).toEqual([`${key}/term-1`]);
    for (const lease of tries) if ('term' in lease) await lease.release();
  });

  it('is given again with a later term once it is released', async () => {
    for (const term of [1, 2, 3]) {
      const lease = await takeLease(open(), { lengthMs: longMs });
      if (!('term' in lease)) throw new Error('it is held');
      expect(lease.term).toBe(term);
      await lease.requireHeld();
      await lease.release();
    }
    expect(await listTerms()).toEqual([`${key}/term-3`]);
    const forgetful = open({ forgets: true });
    expect(await forgetful.create(4, '{}')).toBe(true);
    await forgetful.release(4);
    expect(await listTerms()).toEqual([]);
  });

  it('changes its mark with each renewal, and is not renewed by who lost it', async () => {
    const [first, second] = [open(), open()];
    await first.create(1, '{"id":"first"}');
    const before = await second.readNewest();
    await first.renew(1);
    const after = await second.readNewest();
    expect(after).toMatchObject({ term: 1, record: '{"id":"first"}', isReleased: false });
    expect(after!.mark).not.toBe(before!.mark);
    expect(await second.create(1, '{"id":"second"}')).toBe(false);
    expect(await second.create(2, '{"id":"second"}')).toBe(true);
    await first.renew(1);
    await first.release(1);
    expect(await listTerms()).toEqual([`${key}/term-2`]);
    expect(await first.readNewest()).toMatchObject({ term: 2, record: '{"id":"second"}' });
    expect(await first.create(1, '{"id":"late"}')).toBe(false);
  });

  it('is renewed and given back after answers that were lost', async () => {
    const bucket = openBucket('runs');
    let isAway = false;
    // The store does what it was asked, and is then away for longer than is waited for.
    const write: ObjectStore['write'] = async (...asked) => {
      const etag = await bucket.write(...asked);
      if (isAway) throw new Error('the store is away');
      return etag;
    };
    const place = { bucket: 'runs', key };
    const store = createObjectLeaseStore(`s3://runs/${key}`, place, { ...bucket, write });
    await store.create(1, '{"id":"own"}');
    const loseAnswer = async () => {
      isAway = true;
      await expect(store.renew(1)).rejects.toThrow('away');
      isAway = false;
      return (await open().readNewest())!.mark;
    };
    const lost = await loseAnswer();
    await store.renew(1);
    const renewed = (await open().readNewest())!.mark;
    expect(renewed).not.toBe(lost);
    await store.renew(1);
    expect((await open().readNewest())!.mark).not.toBe(renewed);
    await loseAnswer();
    await store.release(1);
    expect(await open().readNewest()).toMatchObject({ isReleased: true });
  });

  it('is taken over where nobody renews it, and its former owner is told by whom', async () => {
    // Of a machine of which nothing is known here.
    const record = JSON.stringify({ id: 'away', host: 'away', processId: 1, lengthMs: 400 });
    const former = open();
    await former.create(1, record);
    const lease = await takeLease(open(), { lengthMs: longMs });
    expect(lease).toMatchObject({ term: 2 });
    const taken = await outwaitLease(former);
    expect(taken.holder?.name).toContain(`process ${process.pid}`);
    if ('term' in lease) await lease.release();
  });

  it.each([
    ['If-None-Match', 'absent'],
    ['If-Match', 'etag'],
  ])('is refused by a store that does not heed %s', async (header, forgotten) => {
    const bucket = openBucket('runs');
    const write: ObjectStore['write'] = (name, text, condition) =>
      bucket.write(name, text, condition && forgotten in condition ? undefined : condition);
    const store = createObjectLeaseStore('/s3/run', { bucket: 'runs', key }, { ...bucket, write });
    await expect(store.create(1, '{}')).rejects.toThrow(`does not heed ${header},`);
    expect(await listTerms()).toEqual([]);
  });
});
