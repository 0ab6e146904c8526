import { basename } from 'node:path';
import { fromUri } from '@holdfast/artifacts';
import { Fault, isFault } from '@holdfast/fault';
import { findNearestName } from '@holdfast/plan';
import type {
  ControllerServiceClient,
  ListRunsRequest,
  Run,
} from '@holdfast/proto/holdfast/controller/v1/controller';

/** The shortest beginning of a run's id that stands for it. */
const prefixLeast = 4;

/** A run as a person calls it: its folder's name. */
export function nameRun({ runUri }: Pick<Run, 'runUri'>): string {
  return basename(fromUri(runUri));
}

/** The runs of a controller that pass the filters, newest first, page after page. */
export async function* listAllRuns(
  controller: ControllerServiceClient,
  filters: Partial<ListRunsRequest> = {},
): AsyncGenerator<Run> {
  for (let pageToken: string | undefined; pageToken !== ''; ) {
    const page = await controller.listRuns({
      ...filters,
      pageSize: 200,
      pageToken: pageToken ?? '',
    });
    yield* page.runs;
    pageToken = page.nextPageToken;
  }
}

/**
 * Finds the run that a person means: by its id, the beginning of it, its folder's name, or its folder.
 *
 * @throws Fault `not-found` with the name that may be meant, `invalid` if there are several such runs.
 */
export async function findRun(controller: ControllerServiceClient, name: string): Promise<Run> {
  const exact = await controller.getRun({ runId: name }).catch((error) => {
    if (isFault(error) && error.kind === 'not-found') return undefined;
    throw error;
  });
  if (exact?.run !== undefined) return exact.run;
  const runs: Run[] = [];
  for await (const run of listAllRuns(controller)) runs.push(run);
  const matches = runs.filter(
    (run) =>
      nameRun(run) === basename(name) || (name.length >= prefixLeast && run.runId.startsWith(name)),
  );
  const [only, ...others] = matches;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const ids = matches.map(({ runId }) => runId).join(', ');
    throw new Fault('invalid', `'${name}' may be any of these runs; name one by its id: ${ids}`);
  }
  const names = runs.flatMap((run) => [nameRun(run), run.runId]);
  const nearest = findNearestName(name, names);
  const hint = nearest === undefined ? 'list shows those it knows' : `is it ${nearest}?`;
  throw new Fault('not-found', `the controller knows no run '${name}'; ${hint}`);
}
