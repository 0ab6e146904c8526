import { Fault, type FaultKind } from '@holdfast/fault';
import { expect, it } from 'vitest';
import { repeatStep } from './repeat-step.js';

/** A step that fails so often, and how it went. */
async function attempt(failures: number, kind: FaultKind, signal = new AbortController().signal) {
  let calls = 0;
  const repeated: string[] = [];
  const take = async () => {
    calls += 1;
    if (calls <= failures) throw new Fault(kind, `failure ${calls}`, { retryAfterMs: 1 });
    return 'done';
  };
  const result = await repeatStep(take, {
    kinds: ['unavailable'],
    signal,
    onRepeat: ({ message }) => repeated.push(message),
  }).catch(({ message }: Error) => message);
  return { result, calls, repeated };
}

it('repeats what can end well', async () => {
  const repeated = ['failure 1', 'failure 2'];
  expect(await attempt(2, 'unavailable')).toEqual({ result: 'done', calls: 3, repeated });
});

it('gives up after the second repetition', async () => {
  expect(await attempt(9, 'unavailable')).toMatchObject({ result: 'failure 3', calls: 3 });
});

it('repeats no other failure', async () => {
  expect(await attempt(1, 'aborted')).toEqual({ result: 'failure 1', calls: 1, repeated: [] });
});

it('repeats nothing once the run is asked to stop', async () => {
  const end = { result: 'failure 1', calls: 1, repeated: [] };
  expect(await attempt(1, 'unavailable', AbortSignal.abort())).toEqual(end);
});
