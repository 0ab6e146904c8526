import { isReleased, type RunEnd } from '../run/run-end.js';
import type { RunFacts } from '../run/run-facts.js';
import { lastScalar, listStepScalars, type Scalar } from '../run/step-scalars.js';
import { listVerdictScalars } from '../run/verdict-scalars.js';
import type { RunListener } from '../run-listener.js';
import { logBatches } from './log-batches.js';
import { createMlflowClient, type MlflowClient } from './mlflow-client.js';
import type { MlflowSettings } from './mlflow-settings.js';
import { openMlflowRun } from './open-mlflow-run.js';
import { registerModel } from './register-model.js';
import { uploadFolder } from './upload-folder.js';

const states = {
  completed: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
  interrupted: 'KILLED',
} as const;

/** Longest value of a tag that MLflow takes, with room. */
const tagMax = 4000;

/**
 * Publishes a run to MLflow by its REST API: parameters, metrics of every step, report and verdict as artifacts, and the
 * candidate as a version of a registered model that `mlflow.pyfunc.load_model` opens.
 */
export function createMlflowListener(settings: MlflowSettings): RunListener {
  const { origin, pathname } = settings.url;
  let client: MlflowClient;
  let facts: RunFacts;
  let run: { readonly runId: string; readonly artifactUri: string };
  let lastStep = 0;
  return {
    name: `MLflow at ${origin}${pathname.replace(/\/+$/, '')}, experiment ${settings.experiment}`,
    async begin(of, signal) {
      client = createMlflowClient({ ...settings, signal });
      facts = of;
      const opened = await openMlflowRun(client, settings.experiment, facts);
      run = opened;
      await logBatches(client, run.runId, { params: [...facts.parameters] });
      const last = opened.latest.find(({ key }) => key === lastScalar);
      lastStep = last === undefined ? 0 : Number(last.step ?? 0) + 1;
      return lastStep;
    },
    async steps(steps) {
      const metrics = steps.flatMap((step) =>
        listStepScalars(step, facts.tasks).map((scalar) => toMetric(scalar, step.at, step.step)),
      );
      await logBatches(client, run.runId, { metrics });
      lastStep = steps.at(-1)!.step + 1;
    },
    async end(end) {
      const at = end.at ?? facts.startedAt;
      if (end.verdict !== undefined) {
        const scalars = listVerdictScalars(end.verdict.verdict);
        const metrics = scalars.map((scalar) => toMetric(scalar, at, lastStep));
        await logBatches(client, run.runId, { metrics, tags: listTags(end, facts) });
      }
      await uploadRun(client, run.artifactUri, facts);
      if (end.verdict !== undefined) {
        await registerModel(client, {
          ...settings,
          run,
          facts,
          at,
          verdict: end.verdict.verdict,
          tags: listTags(end, facts),
        });
      }
      // Last: a run that MLflow calls finished has everything.
      const fields = { run_id: run.runId, status: states[end.state], end_time: at };
      await client.call('POST', 'runs/update', fields);
    },
  };
}

function toMetric([key, value]: Scalar, timestamp: number, step: number) {
  return { key, value, timestamp, step };
}

/** The verdict as tags of the run and of the model's version. */
function listTags({ verdict: file }: RunEnd, { origin }: RunFacts): [string, string][] {
  if (file === undefined) return [];
  const { outcome, reason, candidate } = file.verdict;
  return [
    ['holdfast.outcome', outcome],
    ['holdfast.released', String(isReleased(outcome, origin))],
    ['holdfast.reason', reason.slice(0, tagMax)],
    ['holdfast.candidate_sha256', candidate.sha256],
  ];
}

/** What a person or a program may want of the run's folder, as far as it is there. */
async function uploadRun(
  client: MlflowClient,
  artifactUri: string,
  { folder }: RunFacts,
): Promise<void> {
  const files = [folder.plan, folder.journal, folder.verdict, folder.report];
  await uploadFolder(client, artifactUri, folder.path, files);
}
