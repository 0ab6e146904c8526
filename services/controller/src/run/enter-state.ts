import type { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { toTimestamp } from '@holdfast/service-kit';
import type { RunEvent } from './run-feed.js';

/** Says that a run is in a state, since now or `since`. */
export function enterState(state: RunState, since = new Date()): RunEvent {
  return { $case: 'stateChanged', value: { state, time: toTimestamp(since) } };
}
