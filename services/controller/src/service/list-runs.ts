import { stat } from 'node:fs/promises';
import { sha256 } from '@holdfast/artifacts';
import type {
  ListRunsRequest,
  ListRunsResponse,
  Run,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { toPath } from '@holdfast/run-kit';
import { describeRunFolder, readOrigin } from '@holdfast/run-store';
import { collectViolations, fromTimestamp } from '@holdfast/service-kit';
import { z } from 'zod';
import { checkLabels } from './check-labels.js';
import { listRunFolders } from './list-run-folders.js';
import { decodePageToken, encodePageToken, refusePageToken } from './page-token.js';
import { describeUnreadable, readStoredRun } from './read-stored-run.js';

const pageSizeDefault = 50;
const pageSizeMax = 200;
/** Runs whose files one call reads in search of those that pass: it must end where none does. */
const searchedMax = 2000;
const choicesMax = 32;

/** A run's place in the list: by the time it was submitted (ms since 1970), then by its folder. */
const placeSchema = z.object({ time: z.number(), path: z.string() });
const tokenSchema = placeSchema.extend({ filter: z.string() });
type Place = z.infer<typeof placeSchema>;

/** Newest first. */
function comparePlaces(a: Place, b: Place): number {
  return b.time - a.time || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

/** Where runs stand in the list; no more of them is read. What is no run has no place. */
async function placeStored(paths: readonly string[]): Promise<Place[]> {
  const places: Place[] = [];
  for (const path of paths) {
    const file = await stat(describeRunFolder(path).origin).catch(() => undefined);
    if (file === undefined) continue;
    const { createdAt } = await readOrigin(path).catch(() => ({ createdAt: undefined }));
    places.push({ time: createdAt === undefined ? file.mtimeMs : Date.parse(createdAt), path });
  }
  return places;
}

function placeLive({ createTime, runUri }: Run): Place {
  return {
    time: createTime === undefined ? 0 : fromTimestamp(createTime).getTime(),
    path: toPath(runUri),
  };
}

/** A stored run, or as much as can be said of it: one that is damaged must not hide the others. Undefined where it is gone. */
export function readAnyRun(path: string): Promise<Run | undefined> {
  return readStoredRun(path).catch((error) => describeUnreadable(path, error));
}

/** The folders of runs among the given ones, in the order in which they were submitted. */
export async function sortSubmitted(paths: readonly string[]): Promise<string[]> {
  const places = (await placeStored(paths)).sort((a, b) => comparePlaces(b, a));
  return places.map(({ path }) => path);
}

/** The stored run of a name; undefined where there is none. */
export async function findStoredRun(runsPath: string, runId: string): Promise<Run | undefined> {
  for (const path of await listRunFolders(runsPath)) {
    const origin = await readOrigin(path).catch(() => undefined);
    if (origin?.runId === runId) return readAnyRun(path);
  }
  return undefined;
}

function createFilter({ states, outcomes, labels }: ListRunsRequest): (run: Run) => boolean {
  const wanted = Object.entries(labels);
  return (run) =>
    (states.length === 0 || states.includes(run.state)) &&
    (outcomes.length === 0 || outcomes.includes(run.outcome)) &&
    wanted.every(([key, value]) => Object.hasOwn(run.labels, key) && run.labels[key] === value);
}

/**
 * A page of runs, newest first.
 *
 * @param live runs that this process knows better, wherever they stand
 * @param present shows a stored one as clients see it
 * @throws Fault `invalid` naming every field that is wrong
 */
export async function listRuns(
  request: ListRunsRequest,
  runsPath: string,
  live: readonly Run[],
  present: (run: Run) => Run = (run) => run,
): Promise<ListRunsResponse> {
  const { states, outcomes, labels } = request;
  const violations = collectViolations('ListRuns');
  violations.require(states.length <= choicesMax, 'states', `must be at most ${choicesMax}`);
  violations.require(outcomes.length <= choicesMax, 'outcomes', `must be at most ${choicesMax}`);
  checkLabels(labels, violations);
  violations.throwIfAny();
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const filter = sha256(JSON.stringify([states, outcomes, sorted]));
  const after = decodePageToken(request.pageToken, tokenSchema);
  if (after !== undefined && after.filter !== filter) {
    throw refusePageToken('is of a list with other filters');
  }
  const known = new Map(live.map((run) => [toPath(run.runUri), run]));
  const folders = await listRunFolders(runsPath);
  const stored = await placeStored(folders.filter((path) => !known.has(path)));
  const places = [...stored, ...live.map(placeLive)]
    .filter((place) => after === undefined || comparePlaces(place, after) > 0)
    .sort(comparePlaces);
  const pageSize = Math.min(request.pageSize || pageSizeDefault, pageSizeMax);
  const passes = createFilter(request);
  const runs: Run[] = [];
  let searched = 0;
  for (const { path } of places.slice(0, searchedMax)) {
    const stored = known.has(path) ? undefined : await readAnyRun(path);
    const run = known.get(path) ?? (stored && present(stored));
    searched += 1;
    if (run !== undefined && passes(run)) runs.push(run);
    if (runs.length === pageSize) break;
  }
  const last = places[searched - 1];
  const isLast = last === undefined || searched === places.length;
  return { runs, nextPageToken: isLast ? '' : encodePageToken({ ...last, filter }) };
}
