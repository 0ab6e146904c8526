import { Fault, type FaultKind } from '@holdfast/fault';
import { expect, it } from 'vitest';
import { recover } from './recover.js';

/** Work that fails in these ways, one after the other, with so many steps saved each time; then it is done. */
async function attempt(
  failures: readonly { readonly kind: FaultKind; readonly saved?: number }[],
  signal = new AbortController().signal,
) {
  let calls = 0;
  let saved = 0;
  const told: (string | undefined)[] = [];
  const work = async (lost: Fault | undefined) => {
    told.push(lost?.message);
    const failure = failures[calls];
    calls += 1;
    if (failure === undefined) return 'done';
    saved = failure.saved ?? saved;
    throw new Fault(failure.kind, `failure ${calls}`, { retryAfterMs: 1 });
  };
  const result = await recover(work, {
    countSaved: async () => saved,
    onLost: () => {},
    signal,
  }).catch(({ kind, message }: Fault) => ({ kind, message }));
  return { result, calls, told };
}

const lost = { kind: 'not-open' } as const;

it.each(['unavailable', 'not-open', 'not-retained', 'out-of-step'] as const)(
  'goes on after %s, and says what was wrong',
  async (kind) => {
    const told = [undefined, 'failure 1'];
    expect(await attempt([{ kind }])).toEqual({ result: 'done', calls: 2, told });
  },
);

it.each(['aborted', 'internal', 'precondition', 'not-found', 'exhausted'] as const)(
  'leaves %s as it is',
  async (kind) => {
    expect(await attempt([{ kind }])).toMatchObject({
      result: { kind, message: 'failure 1' },
      calls: 1,
    });
  },
);

it('gives up after five times without a new checkpoint, with what was wrong last', async () => {
  const { result, calls } = await attempt(Array(9).fill(lost));
  expect(calls).toBe(6);
  expect(result).toMatchObject({
    kind: 'not-open',
    message: expect.stringMatching(/^failure 6\. The run was opened again 5 times/),
  });
});

it('begins to count anew with every new checkpoint', async () => {
  const failures = Array.from({ length: 20 }, (_, i) => ({ ...lost, saved: Math.floor(i / 5) }));
  expect(await attempt(failures)).toMatchObject({ result: 'done', calls: 21 });
});

it('opens nothing again once the run is asked to stop', async () => {
  expect(await attempt([lost], AbortSignal.abort())).toMatchObject({
    result: { kind: 'cancelled', message: expect.stringContaining('failure 1') },
    calls: 1,
  });
});
