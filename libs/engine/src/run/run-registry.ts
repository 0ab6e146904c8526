import { Fault, runsEndMs } from '@holdfast/fault';
import type { OpenModelRequest } from '../engine.js';
import { type EngineRun, loadEngineRun } from './engine-run.js';

/** The open runs of an engine. */
export interface RunRegistry {
  open(request: OpenModelRequest): Promise<EngineRun>;
  close(runId: string): void;
  get(runId: string): EngineRun;
}

/** Parameter-sized arrays are large: more runs than this at once are a mistake. */
const runsMax = 64;

/** Makes a registry without runs. */
export function createRunRegistry(): RunRegistry {
  const runs = new Map<string, EngineRun>();
  return {
    async open(request) {
      let run = runs.get(request.runId);
      if (run === undefined) {
        if (runs.size >= runsMax) {
          throw new Fault('exhausted', `the engine holds ${runsMax} runs; close one first`, {
            retryAfterMs: runsEndMs,
          });
        }
        run = await loadEngineRun(request);
        runs.set(request.runId, run);
      } else if (!isSameModel(run.request, request)) {
        throw new Fault(
          'precondition',
          `run ${request.runId} is open with another model, other heads or another scope; close it first`,
        );
      }
      run.users += 1;
      return run;
    },
    close(runId) {
      const run = runs.get(runId);
      if (run === undefined) return;
      run.users -= 1;
      if (run.users <= 0) runs.delete(runId);
    },
    get(runId) {
      const run = runs.get(runId);
      if (run === undefined) throw new Fault('not-open', `the engine has no open run ${runId}`);
      return run;
    },
  };
}

function isSameModel(a: OpenModelRequest, b: OpenModelRequest): boolean {
  const key = ({ path, heads, scope = 'full', adapters }: OpenModelRequest) =>
    JSON.stringify([
      ...[path, heads?.count ?? 0, heads?.rank, heads?.seed],
      ...[scope, adapters?.rank, adapters?.scale, adapters?.seed],
    ]);
  return key(a) === key(b);
}
