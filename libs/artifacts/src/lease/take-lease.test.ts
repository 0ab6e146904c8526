import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  hasNamespaces,
  type LeaseProcess,
  startLeaseProcess,
} from '../test-support/lease-process.js';
import { createFolderLeaseStore } from './folder-lease-store.js';
import type { LeaseStore } from './lease-store.js';
import { readLease } from './read-lease.js';
import { type Lease, takeLease } from './take-lease.js';

/** Nobody waits for one of these to pass. */
const longMs = 60_000;

let path: string;
let store: LeaseStore;
const started: LeaseProcess[] = [];
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'holdfast-lease-')), 'lease');
  store = createFolderLeaseStore(path);
});
afterEach(async () => {
  for (const holder of started.splice(0)) await holder.end();
  await rm(join(path, '..'), { recursive: true });
});

async function start(...options: Parameters<typeof startLeaseProcess>): Promise<LeaseProcess> {
  const holder = await startLeaseProcess(...options);
  started.push(holder);
  return holder;
}

async function take(lengthMs = longMs): Promise<Lease> {
  const lease = await takeLease(store, { lengthMs });
  if ('holder' in lease) throw new Error(`held by ${lease.holder.name}`);
  return lease;
}

describe('takeLease', () => {
  it('gives one of many the lease, and says to the others who holds it', async () => {
    const tries = await Promise.all(Array.from({ length: 8 }, () => takeLease(store)));
    const refused = tries.flatMap((lease) => ('holder' in lease ? lease.holder.name : []));
    expect(refused).toHaveLength(7);
    for (const name of refused) expect(name).toMatch(`process ${process.pid} of host `);
    expect(await readdir(path)).toEqual(['term-1']);
  });

  it('gives it again with a later term as soon as it is released', async () => {
    for (const term of [1, 2, 3]) {
      const lease = await take();
      expect(lease.term).toBe(term);
      await lease.requireHeld();
      await lease.release();
      await lease.release();
    }
    expect(await readdir(path)).toEqual(['term-3.released']);
    expect((await readLease(store)).holder).toBeUndefined();
  });

  it('leaves nothing where terms are forgotten', async () => {
    store = createFolderLeaseStore(path, { forgets: true });
    for (let i = 0; i < 3; i += 1) await (await take()).release();
    expect(await readdir(join(path, '..'))).toEqual([]);
  });

  it('is not the lease of a later owner, whose term is the same where terms are forgotten', async () => {
    store = createFolderLeaseStore(path, { forgets: true });
    const slow = await take();
    // Taken over and given back meanwhile.
    await rm(path, { recursive: true });
    const later = await take();
    expect(later.term).toBe(slow.term);
    await expect(slow.requireHeld()).rejects.toMatchObject({ kind: 'aborted' });
    await slow.release();
    await later.requireHeld();
    await later.release();
  });

  it('is renewed by one call at a time, though a store does not answer', async () => {
    let [asked, waiting, most] = [0, 0, 0];
    const { renew } = store;
    store = {
      ...store,
      async renew(term, signal) {
        asked += 1;
        waiting += 1;
        most = Math.max(most, waiting);
        if (asked < 3) {
          await once(signal!, 'abort');
          // A client that is between two attempts sees it later.
          await sleep(100);
        }
        waiting -= 1;
        return renew(term);
      },
    };
    const lease = await take(250);
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(4);
    expect(most).toBe(1);
    await lease.release();
  });

  it('refuses one that another process renews', async () => {
    const { taken } = await start(path, { lengthMs: 2000 });
    const lease = await takeLease(store);
    expect(lease).toMatchObject({
      holder: { name: expect.stringMatching(`^process ${taken.processId} of `) },
    });
  });

  it.runIf(process.platform === 'linux')(
    'takes over at once where the process of this machine is gone',
    async () => {
      const holder = await start(path, { lengthMs: longMs });
      await started.pop()!.end();
      expect((await take()).term).toBe(holder.taken.term! + 1);
    },
  );

  it('takes over from one that stands still, which then knows by whom', async () => {
    const holder = await start(path, { lengthMs: 1000 });
    expect(await holder.ask()).toEqual({ held: true });
    holder.kill('SIGSTOP');
    const lease = await take();
    holder.kill('SIGCONT');
    const { message } = await holder.ask();
    expect(message).toMatch(`was taken over by process ${process.pid} of host `);
    await lease.requireHeld();
  });

  it.runIf(hasNamespaces())(
    'keeps processes of two namespaces apart whose numbers are the same',
    async () => {
      const options = { lengthMs: 1500, isContained: true };
      const first = await start(path, options);
      const second = await start(path, options);
      expect([first.taken.processId, second.taken]).toEqual([
        1,
        { refused: expect.stringMatching(/^process 1 of host /) },
      ]);
      await started.shift()!.end();
      // Nothing is known of that process from here, but that it renews no more.
      expect((await start(path, options)).taken).toEqual({ term: 2, processId: 1 });
    },
  );

  it('waits for an owner that has not yet written who it is', async () => {
    await (await take()).release();
    await writeFile(join(path, 'term-2'), '{"id":');
    const { term, holder } = await readLease(store);
    expect([term, holder?.name]).toEqual([2, 'another process']);
    expect(holder?.leftMs).toBeGreaterThan(10_000);
    const stop = AbortSignal.timeout(100);
    await expect(takeLease(store, { signal: stop })).rejects.toMatchObject({ kind: 'cancelled' });
  });

  it('refuses a term that is not later than every one before', async () => {
    await writeFile(join(await newFolder(), 'term-5.released'), '');
    for (const term of [4, 5]) expect(await store.create(term, '{}')).toBe(false);
    expect(await store.create(6, '{}')).toBe(true);
    expect(await store.create(6, '{}')).toBe(false);
    expect(await readdir(path)).toEqual(['term-6']);
  });

  async function newFolder(): Promise<string> {
    await (await take()).release();
    return path;
  }
});
