import type { RunFacts } from '../run/run-facts.js';
import { findOrMake } from './find-or-make.js';
import type { MlflowClient } from './mlflow-client.js';

/** A run in MLflow. */
export interface MlflowRun {
  readonly runId: string;
  readonly artifactUri: string;
  /** Of each metric the value of the last step. */
  readonly latest: readonly { readonly key: string; readonly step?: string | number }[];
}

interface RunAnswer {
  readonly info: { readonly run_id: string; readonly artifact_uri: string };
  readonly data: { readonly metrics?: MlflowRun['latest'] };
}

/** Tag by which a run is found again. */
const runTag = 'holdfast.run_id';

/** Finds MLflow's run of a run, or makes it, with its experiment; it goes on from then on. */
export async function openMlflowRun(
  client: MlflowClient,
  experiment: string,
  facts: RunFacts,
): Promise<MlflowRun> {
  const experimentId = await openExperiment(client, experiment);
  const run = await findOrMake(
    () => findRun(client, experimentId, facts.origin.runId),
    () => createRun(client, experimentId, facts),
  );
  await client.call('POST', 'runs/update', { run_id: run.info.run_id, status: 'RUNNING' });
  return {
    runId: run.info.run_id,
    artifactUri: run.info.artifact_uri,
    latest: run.data.metrics ?? [],
  };
}

async function openExperiment(client: MlflowClient, name: string): Promise<string> {
  const find = async () => {
    const fields = { experiment_name: name };
    const path = 'experiments/get-by-name';
    const found = await client.call<{ experiment: { experiment_id: string } }>('GET', path, fields);
    return found?.experiment.experiment_id;
  };
  const make = async () => {
    const path = 'experiments/create';
    const made = await client.call<{ experiment_id: string }>('POST', path, { name });
    return made!.experiment_id;
  };
  return findOrMake(find, make);
}

async function findRun(
  client: MlflowClient,
  experimentId: string,
  runId: string,
): Promise<RunAnswer | undefined> {
  const answer = await client.call<{ runs?: RunAnswer[] }>('POST', 'runs/search', {
    experiment_ids: [experimentId],
    filter: `tags."${runTag}" = '${runId.replaceAll("'", '')}'`,
    max_results: 1,
  });
  return answer?.runs?.[0];
}

async function createRun(
  client: MlflowClient,
  experimentId: string,
  { origin, startedAt, softwareVersion, environment }: RunFacts,
): Promise<RunAnswer> {
  const tags = {
    [runTag]: origin.runId,
    'holdfast.plan': origin.planName,
    'holdfast.version': softwareVersion,
    'mlflow.source.name': 'holdfast',
    'mlflow.source.type': 'JOB',
    ...(origin.caller === undefined ? {} : { 'mlflow.user': origin.caller }),
    ...prefixKeys('label', origin.labels ?? {}),
    ...prefixKeys('environment', environment),
  };
  const answer = await client.call<{ run: RunAnswer }>('POST', 'runs/create', {
    experiment_id: experimentId,
    run_name: origin.runId,
    start_time: startedAt,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
  return answer!.run;
}

function prefixKeys(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`holdfast.${prefix}.${key}`, value]),
  );
}
