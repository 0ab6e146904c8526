import type { Candidate, RunProgress } from '@holdfast/run-store';
import { selectorOf } from '../choose/contenders.js';
import { measureVersion, releasedVersion, type Steering } from '../choose/measure-steering.js';
import type { OpenRun } from '../run/open-run.js';

/** How the measuring goes on and may be stopped. */
export interface MeasureLeadersOptions {
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Measures the leading checkpoints at every alpha, on all images that decide; what was measured on these
 * already is not measured again. It is a function of the last checkpoint: a run that is stopped here does it anew.
 */
export async function measureLeaders(
  run: OpenRun,
  progress: RunProgress,
  steering: Steering,
  { onProgress, signal }: MeasureLeadersOptions,
): Promise<RunProgress> {
  const known = new Map(progress.candidates.map((candidate) => [keyOf(candidate), candidate]));
  const { average } = releasedVersion(run.plan);
  const open = progress.leaders
    .flatMap((step) => run.plan.selection.alphas.map((alpha) => ({ step, average, alpha })))
    .filter((version) => known.get(keyOf(version))?.images !== steering.samples.length);
  for (const [done, version] of open.entries()) {
    onProgress(done, open.length);
    const selector = selectorOf(run, version);
    const measured = await measureVersion(run, steering, version, { selector, signal });
    known.set(keyOf(version), measured);
  }
  return { ...progress, candidates: [...known.values()] };
}

function keyOf({ step, average, alpha }: Pick<Candidate, 'step' | 'average' | 'alpha'>): string {
  return `${step} ${average} ${alpha}`;
}
