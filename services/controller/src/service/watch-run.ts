import { Fault } from '@holdfast/fault';
import type {
  Run,
  WatchRunRequest,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { beginSequence } from '../run/run-feed.js';
import { hasEnded } from './describe-run.js';
import { requireFree } from './read-stored-run.js';
import type { RunRegistry } from './run-registry.js';
import type { StreamPlaces } from './stream-places.js';

/** What happens in a run, after the last event that a watcher saw; the last one says how it ended. */
export async function* watchRun(
  registry: RunRegistry,
  places: StreamPlaces,
  { runId, afterSequence }: WatchRunRequest,
  signal: AbortSignal,
): AsyncIterable<WatchRunResponse> {
  const entry = registry.get(runId);
  let told = false;
  const events = entry?.feed.subscribe(afterSequence, signal) ?? [];
  for await (const response of places.pace(events)) {
    yield response;
    told = response.event.$case === 'ended';
  }
  if (told || signal.aborted) return;
  const run = await registry.find(runId);
  await requireFree(run);
  if (!hasEnded(run)) throw describeUnclaimed(run);
  yield { event: { $case: 'ended', value: { run } }, sequence: beginSequence() };
}

/** A run waits that no process of this folder's has taken up, or that this one is about to. */
function describeUnclaimed({ runId, reason }: Run): Fault {
  if (reason !== undefined) return new Fault('unavailable', `run ${runId}: ${reason}`);
  return new Fault('aborted', `run ${runId} waits, but not in this controller's queue; resume it`);
}
