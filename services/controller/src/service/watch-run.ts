import type {
  WatchRunRequest,
  WatchRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { beginSequence } from '../run/run-feed.js';
import { requireEnded } from './read-stored-run.js';
import type { RunRegistry } from './run-registry.js';

/** What happens in a run, after the last event that a watcher saw; the last one says how it ended. */
export async function* watchRun(
  registry: RunRegistry,
  { runId, afterSequence }: WatchRunRequest,
  signal: AbortSignal,
): AsyncIterable<WatchRunResponse> {
  const entry = registry.get(runId);
  let told = false;
  for await (const response of entry?.feed.subscribe(afterSequence, signal) ?? []) {
    yield response;
    told = response.event.$case === 'ended';
  }
  if (told || signal.aborted) return;
  const run = entry?.run ?? (await registry.find(runId));
  await requireEnded(run);
  yield { event: { $case: 'ended', value: { run } }, sequence: beginSequence() };
}
