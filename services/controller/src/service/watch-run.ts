import { Fault } from '@holdfast/fault';
import {
  type Run,
  RunState,
  type WatchRunRequest,
  type WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { toPath } from '@holdfast/run-kit';
import { awaitRunOwner, describeRunFolder, findRunOwner, refuseHeld } from '@holdfast/run-store';
import { beginSequence } from '../run/run-feed.js';
import { hasEnded } from './describe-run.js';
import type { LeftRuns } from './restore-queue.js';
import type { RunRegistry } from './run-registry.js';
import type { StreamPlaces } from './stream-places.js';

/** The runs that may be watched. */
interface WatchedRuns {
  readonly registry: RunRegistry;
  readonly left: Pick<LeftRuns, 'firstLook'>;
}

/** What happens in a run, after the last event that a watcher saw; the last one says how it ended. */
export function watchRun(
  runs: WatchedRuns,
  places: StreamPlaces,
  request: WatchRunRequest,
  signal: AbortSignal,
): AsyncIterable<WatchRunResponse> {
  return places.pace(followRun(runs, request, signal));
}

async function* followRun(
  { registry, left }: WatchedRuns,
  { runId, afterSequence }: WatchRunRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchRunResponse> {
  const entry = registry.get(runId);
  // Asked with the registry: the run may be taken up meanwhile, and the look be over.
  const mayBeTaken = left.firstLook === 'pending';
  let told = false;
  for await (const response of entry?.feed.subscribe(afterSequence, signal) ?? []) {
    yield response;
    told = response.event.$case === 'ended';
  }
  if (told || signal.aborted) return;
  const run = await registry.find(runId);
  if (!hasEnded(run)) throw await explainUnclaimed(run, mayBeTaken, signal);
  yield { event: { $case: 'ended', value: { run } }, sequence: beginSequence() };
}

/** Why a run that has not ended is not watched here. Takes as long as a lease where its process gives no sign. */
async function explainUnclaimed(
  run: Run,
  mayBeTaken: boolean,
  signal: AbortSignal,
): Promise<Fault> {
  const { runId, runUri, reason, state } = run;
  if (reason !== undefined) return new Fault('unavailable', `run ${runId}: ${reason}`);
  const folder = describeRunFolder(toPath(runUri));
  const held = await findRunOwner(folder);
  const owner = held && (await awaitRunOwner(folder, signal));
  if (owner !== undefined) return refuseHeld(folder, owner);
  // This controller may be about to take it up; if it is not, its folder says how it ended.
  if (held !== undefined || state !== RunState.RUN_STATE_QUEUED)
    return new Fault('unavailable', `run ${runId}: its process ended; watch it again`);
  if (mayBeTaken) {
    const message = `run ${runId} waits, and this controller still looks at what others left; watch it again`;
    return new Fault('unavailable', message);
  }
  return new Fault('aborted', `run ${runId} waits, but not in this controller's queue; resume it`);
}
