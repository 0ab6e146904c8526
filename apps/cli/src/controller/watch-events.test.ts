import { Fault } from '@holdfast/fault';
import {
  type Run,
  RunState,
  type WatchRunRequest,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchEvents } from './watch-events.js';

const note = (sequence: bigint) =>
  WatchRunResponse.fromPartial({ event: { $case: 'noted', value: { message: 'x' } }, sequence });
const end = (sequence: bigint, run: Partial<Run>) =>
  WatchRunResponse.fromPartial({ event: { $case: 'ended', value: { run } }, sequence });
const lost = (retryAfterMs = 0) => new Fault('unavailable', 'connection lost', { retryAfterMs });
const full = (retryAfterMs = 0) => new Fault('exhausted', 'all taken', { retryAfterMs });
const interrupted = { state: RunState.RUN_STATE_INTERRUPTED };

/** A controller that answers each call with the next of these, events until an error. */
function createController(...answers: readonly (WatchRunResponse | Fault)[][]) {
  const asked: (bigint | undefined)[] = [];
  return {
    asked,
    async *watchRun({ afterSequence }: Partial<WatchRunRequest>) {
      for (const answer of answers[asked.push(afterSequence) - 1] ?? []) {
        if (answer instanceof Fault) throw answer;
        yield answer;
      }
    },
  };
}

/**
 * Watches by a clock on which each call takes a minute.
 *
 * @param leaves at the first wait
 */
async function watch(controller: ReturnType<typeof createController>, leaves = false) {
  const { asked } = controller;
  const seen: bigint[] = [];
  const waits: string[] = [];
  const leaving = new AbortController();
  const onWait = (reason: string) => {
    waits.push(reason);
    if (leaves) leaving.abort();
  };
  const { signal } = leaving;
  const options = { runId: 'r', signal, onWait, now: () => asked.length * 60_000 };
  let error: unknown;
  try {
    for await (const { sequence } of watchEvents(controller as never, options)) seen.push(sequence);
  } catch (thrown) {
    error = thrown;
  }
  return { seen, waits, error, asked };
}

const gone = expect.stringContaining('is gone');
const taken = expect.stringContaining('no place');

describe('watchEvents', () => {
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
  afterEach(() => void vi.restoreAllMocks());

  it('goes on after the last event that came, however often the connection is lost', async () => {
    const controller = createController(
      [lost()],
      [note(3n), note(7n), lost()],
      [lost()],
      [note(9n), lost()],
      [end(12n, {})],
    );
    expect(await watch(controller)).toEqual({
      seen: [3n, 7n, 9n, 12n],
      waits: [gone, gone, gone],
      error: undefined,
      asked: [0n, 0n, 7n, 7n, 9n],
    });
  });

  it('gives up where the controller does not come back within minutes', async () => {
    expect(await watch(createController([note(1n), lost()], [lost()], [lost()]))).toMatchObject({
      seen: [1n],
      waits: [gone],
      error: { kind: 'unavailable' },
      asked: [0n, 1n, 1n],
    });
  });

  it('waits for a place as long as it takes', async () => {
    const answers = Array.from({ length: 5 }, () => [full()]);
    const controller = createController([note(1n), lost()], ...answers, [lost()], [end(2n, {})]);
    expect(await watch(controller)).toMatchObject({
      seen: [1n, 2n],
      waits: [gone, taken, gone],
      error: undefined,
    });
  });

  it.each([lost(60_000), full(60_000)])(
    'comes back no sooner than it is told: %s',
    async (away) => {
      expect(await watch(createController([away]), true)).toMatchObject({
        error: { name: 'AbortError' },
        asked: [0n],
      });
    },
  );

  it('tells at once of what does not pass by itself', async () => {
    const refusal = new Fault('aborted', 'another process is working on this run');
    expect(await watch(createController([refusal]))).toMatchObject({
      waits: [],
      error: refusal,
      asked: [0n],
    });
  });

  it('tells of a run that was interrupted while the connection held', async () => {
    expect(await watch(createController([note(1n), end(2n, interrupted)]))).toMatchObject({
      seen: [1n, 2n],
      asked: [0n],
    });
  });
});
