import { Fault } from '@holdfast/fault';
import {
  type Run,
  RunState,
  type WatchRunRequest,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describe, expect, it } from 'vitest';
import { watchEvents } from './watch-events.js';

const note = (sequence: bigint) =>
  WatchRunResponse.fromPartial({ event: { $case: 'noted', value: { message: 'x' } }, sequence });
const end = (sequence: bigint, run: Partial<Run>) =>
  WatchRunResponse.fromPartial({ event: { $case: 'ended', value: { run } }, sequence });
const lost = () => new Fault('unavailable', 'connection lost');
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

async function watch(controller: ReturnType<typeof createController>) {
  const seen: bigint[] = [];
  let losses = 0;
  const onLost = () => {
    losses += 1;
  };
  let error: unknown;
  try {
    for await (const { sequence } of watchEvents(controller as never, { runId: 'r', onLost })) {
      seen.push(sequence);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { seen, losses, error, asked: controller.asked };
}

describe('watchEvents', () => {
  it('goes on after the last event that came, however often the connection is lost', async () => {
    const controller = createController(
      [note(3n), note(7n), lost()],
      [lost()],
      [note(9n), lost()],
      [end(12n, {})],
    );
    expect(await watch(controller)).toEqual({
      seen: [3n, 7n, 9n, 12n],
      losses: 2,
      error: undefined,
      asked: [0n, 7n, 7n, 9n],
    });
  });

  it('gives up where the controller does not come back, and at once where it never was', async () => {
    const back = await watch(createController([note(1n), lost()], [lost()], [lost()]));
    expect(back).toMatchObject({ seen: [1n], losses: 1, error: { kind: 'unavailable' } });
    expect(await watch(createController([lost()]))).toMatchObject({ losses: 0, asked: [0n] });
  });

  it('tells of a run that was interrupted while the connection held', async () => {
    expect(await watch(createController([note(1n), end(2n, interrupted)]))).toMatchObject({
      seen: [1n, 2n],
      asked: [0n],
    });
  });
});
