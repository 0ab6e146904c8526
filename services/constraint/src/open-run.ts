import { createConstraintState, createReferences } from '@holdfast/constraints';
import { Fault } from '@holdfast/fault';
import {
  OpenRunRequest,
  type OpenRunResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import { collectViolations, fingerprintRun, requireRunId } from '@holdfast/service-kit';
import { parseSettings } from './parse-settings.js';
import { checkTasks } from './parse-tasks.js';
import type { RunStore } from './run-store.js';

/** Registers a run; the same request again changes nothing, another one is refused. */
export function createOpenRun(store: RunStore) {
  return async (request: OpenRunRequest): Promise<OpenRunResponse> => {
    const { settings, tasks } = parseRequest(request);
    const fingerprint = fingerprintRun(OpenRunRequest, request);
    const open = store.find(request.runId);
    if (open === undefined) {
      const state = createConstraintState(tasks.length, settings);
      const references = createReferences(tasks, settings);
      const counters = { lastStep: -1, measuredStep: -1 };
      store.add(request.runId, {
        ...{ tasks, settings, fingerprint, references, state, previous: state },
        ...counters,
      });
    } else if (open.fingerprint !== fingerprint) {
      throw new Fault(
        'precondition',
        `run '${request.runId}' is open with other tasks or settings; close it first`,
      );
    }
    return {};
  };
}

function parseRequest(request: OpenRunRequest) {
  const violations = collectViolations('OpenRun');
  requireRunId(request.runId, violations);
  checkTasks(request.tasks, violations);
  const settings = parseSettings(request.settings, violations);
  violations.throwIfAny();
  return { settings: settings!, tasks: request.tasks };
}
