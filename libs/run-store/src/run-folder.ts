import { join } from 'node:path';

/** Where everything of a run stands. */
export interface RunFolder {
  readonly path: string;
  readonly plan: string;
  readonly origin: string;
  readonly journal: string;
  readonly metrics: string;
  readonly samples: string;
  /** Objectives and constraints of the user's own, as they were when the run was submitted. */
  readonly modules: string;
  readonly checkpoints: string;
  readonly candidate: string;
  readonly verdict: string;
  readonly report: string;
  /** Who works on the run, and did. */
  readonly lease: string;
}

/** Names the files of a run's folder; makes none. */
export function describeRunFolder(path: string): RunFolder {
  return {
    path,
    plan: join(path, 'plan.yaml'),
    origin: join(path, 'origin.json'),
    journal: join(path, 'journal.jsonl'),
    metrics: join(path, 'metrics.jsonl'),
    samples: join(path, 'samples.csv'),
    modules: join(path, 'modules'),
    checkpoints: join(path, 'checkpoints'),
    candidate: join(path, 'candidate'),
    verdict: join(path, 'verdict.json'),
    report: join(path, 'report.html'),
    lease: join(path, 'lease'),
  };
}

/** The folder of the checkpoint after so many steps. */
export function checkpointPath(folder: RunFolder, stepsTaken: number): string {
  return join(folder.checkpoints, `step-${String(stepsTaken).padStart(7, '0')}`);
}
