import { Fault } from '@holdfast/fault';
import type {
  ExportStateRequest,
  ExportStateResponse,
} from '@holdfast/proto/holdfast/constraint/v1/constraint';
import type { RunStore } from './constraint-run.js';
import { saveRun } from './saved-state.js';

/** Answers the whole state of a run, reference records included. */
export function createExportState(store: RunStore) {
  return async (request: ExportStateRequest): Promise<ExportStateResponse> => {
    const run = await store.get(request.runId);
    if (run.references.unfitted.some(({ size }) => size > 0)) {
      throw new Fault(
        'precondition',
        `run '${request.runId}' still records its reference; export after the last call, with \`complete\``,
      );
    }
    return { state: Buffer.from(JSON.stringify(saveRun(run))) };
  };
}
