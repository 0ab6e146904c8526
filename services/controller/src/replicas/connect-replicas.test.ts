import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectReplicas, type LookUp } from './connect-replicas.js';
import type { Replica } from './replica.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Replicas that remember which of them were connected, under which name, and closed. */
function open(addresses: readonly string[], lookUp: LookUp = async () => []) {
  const connected: string[] = [];
  const closed: string[] = [];
  const failures: string[] = [];
  const replicas = connectReplicas({
    addresses,
    lookUp,
    onFailure: (name) => failures.push(name),
    connect(address, serverName) {
      connected.push(serverName === undefined ? address : `${address} as ${serverName}`);
      return { address, close: () => closed.push(address) } as unknown as Replica & {
        close(): void;
      };
    },
  });
  const list = () => replicas.list().map(({ address }) => address);
  return { replicas, list, connected, closed, failures };
}

it('keeps the order of a list', () => {
  const { list, replicas, closed } = open(['b:2', 'a:1', '[::1]:3']);
  expect(list()).toEqual(['b:2', 'a:1', '[::1]:3']);
  replicas.close();
  expect(closed).toEqual(['b:2', 'a:1', '[::1]:3']);
});

it('finds what is added to a name, and lists no more what left it', async () => {
  let ips = ['10.0.0.2', '10.0.0.1'];
  const { list, connected, closed, replicas } = open(['dns:///encoders:7'], async () => ips);
  expect(list()).toEqual([]);
  await vi.advanceTimersByTimeAsync(0);
  expect(list()).toEqual(['10.0.0.1:7', '10.0.0.2:7']);
  ips = ['10.0.0.3', '10.0.0.2', 'fd00::1'];
  await vi.advanceTimersByTimeAsync(5000);
  expect(list()).toEqual(['10.0.0.2:7', '10.0.0.3:7', '[fd00::1]:7']);
  expect(connected).toEqual([
    '10.0.0.1:7 as encoders',
    '10.0.0.2:7 as encoders',
    '10.0.0.3:7 as encoders',
    '[fd00::1]:7 as encoders',
  ]);
  // Calls to it may be under way.
  expect(closed).toEqual([]);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(closed).toEqual(['10.0.0.1:7']);
  replicas.close();
  expect(vi.getTimerCount()).toBe(0);
});

it('keeps what a name stood for while it cannot be looked up', async () => {
  let fails = false;
  const { list, failures, replicas } = open(['dns:///encoders:7'], async () => {
    if (fails) throw new Error('SERVFAIL');
    return ['10.0.0.1'];
  });
  await vi.advanceTimersByTimeAsync(0);
  fails = true;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(list()).toEqual(['10.0.0.1:7']);
  expect(failures).toEqual(['encoders']);
  replicas.close();
});

it('refuses what is no address', () => {
  expect(() => open(['encoder'])).toThrow(
    "'encoder' is no address: host:port, or dns:///name:port",
  );
});
