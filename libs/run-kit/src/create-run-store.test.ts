import { catchFault } from '@holdfast/testing';
import { describe, expect, it } from 'vitest';
import { createRunStore } from './create-run-store.js';

const load = (run: string) => async () => run;

describe('createRunStore', () => {
  it('gives the open run to the same request, and opens it once', async () => {
    const store = createRunStore<string>('the encoder', 2);
    const first = store.open('a', 'print', load('first'));
    expect(await store.open('a', 'print', load('second'))).toBe('first');
    expect(await store.open('a', 'print', load('third'))).toBe('first');
    expect(await store.get('a')).toBe('first');
    expect(await first).toBe('first');
    await expect(store.get('b')).rejects.toMatchObject({ kind: 'not-open' });
  });

  it('refuses who held the run before, open or closed, and nobody without a lease', async () => {
    const store = createRunStore<string>('the encoder', 2);
    store.fence('a', 2);
    store.fence('a', 2);
    expect(() => store.fence('a', 1)).toThrow("run 'a' was taken over");
    store.fence('a', undefined);
    store.fence('b', 1);
    store.fence('a', 3);
    expect(() => store.fence('a', 2)).toThrow('works for its lease 3, not 2');
  });

  it('refuses another request for an open run, and names that are not open', async () => {
    const store = createRunStore<string>('the encoder', 2);
    await store.open('a', 'print', load('first'));
    expect(await catchFault(() => store.open('a', 'other', load('second')))).toMatchObject({
      kind: 'precondition',
      message: "run 'a' is open with another request; close it first",
    });
    expect(await catchFault(() => store.get('b'))).toMatchObject({
      kind: 'not-open',
      message: "the encoder has no open run 'b'",
    });
  });

  it('refuses more runs than it may hold before it loads them', async () => {
    const store = createRunStore<string>('the encoder', 1);
    await store.open('a', 'print', load('first'));
    let loaded = false;
    const fault = await catchFault(() =>
      store.open('b', 'print', async () => {
        loaded = true;
        return 'second';
      }),
    );
    expect(fault).toMatchObject({ kind: 'exhausted', message: /^1 runs are open already/ });
    expect(loaded).toBe(false);
  });

  it('forgets a run that could not be opened', async () => {
    const store = createRunStore<string>('the encoder', 1);
    const broken = store.open('a', 'print', () => Promise.reject(new RangeError('no weights')));
    await expect(broken).rejects.toThrow('no weights');
    expect(await store.open('a', 'other', load('second'))).toBe('second');
  });

  it('closes a run once, also if it is still being opened and two ask', async () => {
    const store = createRunStore<string>('the encoder', 1);
    let finish!: (run: string) => void;
    const opening = store.open('a', 'print', () => new Promise((resolve) => (finish = resolve)));
    const closed: string[] = [];
    const unload = async (run: string) => void closed.push(run);
    const both = [store.close('a', unload), store.close('a', unload), store.close('b', unload)];
    finish('first');
    await Promise.all([opening, ...both]);
    expect(closed).toEqual(['first']);
    await expect(store.get('a')).rejects.toMatchObject({ kind: 'not-open' });
  });

  it('is done with closing, and opens a run of the name again, once the old one is unloaded', async () => {
    const store = createRunStore<string>('the encoder', 1);
    await store.open('a', 'print', load('first'));
    const events: string[] = [];
    let finish!: () => void;
    const unload = async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      events.push('unloaded');
    };
    const closed = store.close('a', unload);
    await expect.poll(() => finish).toBeDefined();
    const again = store.close('a', unload).then(() => events.push('closed, said again'));
    const opened = store.open('a', 'other', async () => `after ${events[0]}`);
    finish();
    await Promise.all([closed, again]);
    expect(events).toEqual(['unloaded', 'closed, said again']);
    expect(await opened).toBe('after unloaded');
  });
});
