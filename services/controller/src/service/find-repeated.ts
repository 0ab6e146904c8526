import { toUri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type {
  SubmitRunRequest,
  SubmitRunResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import type { RunOrigin } from '@holdfast/run-store';
import { hashRequest } from './parse-submit-run.js';

/** Where a run stands, and where it came from. */
export interface KnownRun {
  readonly path: string;
  readonly origin: RunOrigin;
}

/**
 * The run that a request started when it came before; undefined where it is new.
 *
 * @throws Fault `invalid` if its name was another request's.
 */
export function findRepeated(
  request: SubmitRunRequest,
  known: readonly KnownRun[],
): SubmitRunResponse | undefined {
  const found = known.find(({ origin }) => origin.request?.id === request.requestId);
  if (found === undefined) return undefined;
  if (found.origin.request?.sha256 !== hashRequest(request)) {
    const description = 'was that of another request; choose one of its own for each run';
    throw new Fault('invalid', `request_id ${description}`, {
      violations: [{ field: 'request_id', description }],
    });
  }
  return { runId: found.origin.runId, runUri: toUri(found.path) };
}
