import {
  type Outcome,
  outcomeToJSON,
  type RunState,
  runStateToJSON,
} from '@holdfast/proto/holdfast/controller/v1/controller';

/** A state as logs and metrics have it: `training`. */
export function nameState(state: RunState): string {
  return runStateToJSON(state).replace('RUN_STATE_', '').toLowerCase();
}

/** An outcome as logs and metrics have it: `no_feasible_candidate`. */
export function nameOutcome(outcome: Outcome): string {
  return outcomeToJSON(outcome).replace('OUTCOME_', '').toLowerCase();
}
