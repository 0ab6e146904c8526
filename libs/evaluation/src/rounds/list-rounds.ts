import { basename, dirname, join } from 'node:path';
import { hasFile, isMirrored, pullFile, resolveName, toName } from '@holdfast/artifacts';
import { Fault, isFault } from '@holdfast/fault';
import { describeRunFolder, readOrigin, readVerdict, type VerdictFile } from '@holdfast/run-store';
import { openPlanFile, type PlanFile } from '../data/plan-file.js';

/** A run whose candidate another one started from, or the last. */
export interface Round {
  /** Folder of the run. */
  readonly path: string;
  readonly file: PlanFile;
  /** The plan, as a person named it. */
  readonly planName: string;
  /** Absolute path of the model that it started from. */
  readonly model: string;
  readonly verdict: VerdictFile['verdict'];
}

/** Runs that followed one another. */
export interface Rounds {
  /** Oldest first; the last is the one that was asked for. */
  readonly rounds: readonly [Round, ...Round[]];
  /** Why nothing is known of what came before the first of them; absent where nothing came. */
  readonly gap?: string;
}

/** Reading goes back so far at the most. */
export const roundsMax = 100;

/**
 * Follows each run's model back to the run whose candidate it is.
 *
 * @param path folder of the last run
 * @param command how a person calls holdfast
 * @throws Fault as reading the last run does; what cannot be read of an earlier one is a gap.
 */
export async function listRounds(path: string, command: string): Promise<Rounds> {
  const rounds: [Round, ...Round[]] = [await readRound(path, command)];
  for (;;) {
    const [first] = rounds;
    const { gap, round } = await findBefore(first, command);
    if (round === undefined) return gap === undefined ? { rounds } : { rounds, gap };
    if (rounds.length === roundsMax) return { rounds, gap: `only ${roundsMax} rounds are read` };
    rounds.unshift(round);
  }
}

/** Whether a model is the candidate of a run in whose folder it lies. */
export async function isOfRun(model: string): Promise<boolean> {
  return basename(model) === 'candidate' && (await hasFile(join(dirname(model), 'origin.json')));
}

async function readRound(path: string, command: string): Promise<Round> {
  const { planName } = await readOrigin(path);
  const { plan, candidate } = describeRunFolder(path);
  const file = await openPlanFile(plan, { cwd: path, command });
  const verdictPath = join(candidate, 'verdict.json');
  await pullFile(verdictPath);
  const { verdict } = await readVerdict(verdictPath);
  const model = resolveName(file.basePath, file.plan.model);
  return { path, file, planName, model, verdict };
}

/** The run that released a round's model, or why it is not known; neither where no run did. */
async function findBefore(
  { model, verdict }: Round,
  command: string,
): Promise<{ readonly round?: Round; readonly gap?: string }> {
  const name = toName(model);
  if (!isMirrored(model) && !(await hasFile(model)))
    return { gap: `${name} is not there any more` };
  if (!(await hasFile(join(model, 'verdict.json')))) return {};
  if (!(await isOfRun(model))) {
    return { gap: `${name} was judged, but does not lie in the folder of its run` };
  }
  try {
    const round = await readRound(dirname(model), command);
    const isSame = round.verdict.candidate.sha256 === verdict.reference?.sha256;
    return isSame ? { round } : { gap: `${name} has other weights than the round started from` };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { gap: error.message };
  }
}

/** Refuses a run whose candidate was not released. */
export function requireReleased({ verdict }: Round, name: string): void {
  if (verdict.outcome === 'RETAINED') return;
  throw new Fault(
    'precondition',
    `${name} was not released (${verdict.outcome}): the next round would start from what the gate did not let pass. Start it from the last released run, or run this one's plan again with other settings`,
  );
}
