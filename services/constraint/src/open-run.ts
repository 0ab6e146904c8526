import { createConstraintState, createReferences } from '@holdfast/constraints';
import {
  OpenRunRequest,
  type OpenRunResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { fingerprintRun, requireRunId } from '@holdfast/run-kit';
import { collectViolations } from '@holdfast/service-kit';
import type { RunStore } from './constraint-run.js';
import { parseSettings } from './parse-settings.js';
import { checkCeilings, checkTasks } from './parse-tasks.js';

/** Registers a run; the same request again changes nothing, another one is refused. */
export function createOpenRun(store: RunStore) {
  return async (request: OpenRunRequest): Promise<OpenRunResponse> => {
    const { settings, tasks } = parseRequest(request);
    store.fence(request.runId, request.leaseTerm);
    const fingerprint = fingerprintRun(OpenRunRequest, request);
    await store.open(request.runId, fingerprint, async () => {
      const state = createConstraintState(tasks.length, settings);
      const references = createReferences(tasks, settings);
      return {
        tasks,
        settings,
        fingerprint,
        references,
        state,
        previous: state,
        lastStep: -1,
        measuredStep: -1,
      };
    });
    return {};
  };
}

function parseRequest(request: OpenRunRequest) {
  const violations = collectViolations('OpenRun');
  requireRunId(request.runId, violations);
  checkTasks(request.tasks, violations);
  const settings = parseSettings(request.settings, violations);
  checkCeilings(request.tasks, settings, violations);
  violations.throwIfAny();
  return { settings: settings!, tasks: request.tasks };
}
