import { Fault, type FaultKind } from '@holdfast/fault';
import { expect, it } from 'vitest';
import { repeatStep } from './repeat-step.js';

/** A step that fails so often, and how it went. */
async function attempt(failures: number, kind: FaultKind) {
  let calls = 0;
  const repeated: string[] = [];
  const take = async () => {
    calls += 1;
    if (calls <= failures) throw new Fault(kind, `failure ${calls}`, { retryAfterMs: 1 });
    return 'done';
  };
  const result = await repeatStep(take, {
    kinds: ['unavailable'],
    onRepeat: ({ message }) => repeated.push(message),
  }).catch(({ message }: Error) => message);
  return { result, calls, repeated };
}

it('repeats what can end well', async () => {
  const repeated = ['failure 1', 'failure 2', 'failure 3'];
  expect(await attempt(3, 'unavailable')).toEqual({ result: 'done', calls: 4, repeated });
});

it('gives up after the third repetition', async () => {
  expect(await attempt(9, 'unavailable')).toMatchObject({ result: 'failure 4', calls: 4 });
});

it('repeats no other failure', async () => {
  expect(await attempt(1, 'aborted')).toEqual({ result: 'failure 1', calls: 1, repeated: [] });
});
