import { resolve } from 'node:path';
import { isS3Uri } from '@holdfast/artifacts';
import { Fault } from '@holdfast/fault';
import type { RunListener } from '@holdfast/publish';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.js';
import { packModel } from './pack-model.js';
import { parseSecret, parseToken, readSecretFile } from './read-secret-file.js';

/** Options that say where a run is published. */
export interface PublishOptions {
  readonly mlflow?: string;
  readonly mlflowExperiment?: string;
  readonly mlflowModel?: string;
  readonly mlflowTokenPath?: string;
  readonly tensorboard?: string;
  readonly modelCard?: boolean;
  readonly webhook?: string;
  readonly webhookSecretPath?: string;
}

/** Adds the options that say where a run is published. */
export function addPublishOptions(command: Command): Command {
  return command
    .option(
      '--mlflow <url>',
      'MLflow server: parameters, metrics, report, verdict and the model (or HOLDFAST_MLFLOW)',
    )
    .option(
      '--mlflow-experiment <name>',
      'its experiment (or HOLDFAST_MLFLOW_EXPERIMENT; default: holdfast)',
    )
    .option(
      '--mlflow-model <name>',
      "its registered model, whose alias champion a released candidate gets (or HOLDFAST_MLFLOW_MODEL; default: the experiment's name)",
    )
    .option('--mlflow-token-path <file>', 'its bearer token (or HOLDFAST_MLFLOW_TOKEN_PATH)')
    .option('--tensorboard <folder>', 'where to write event files (or HOLDFAST_TENSORBOARD)')
    .option(
      '--model-card',
      "write the candidate's README.md for the Hugging Face hub (or HOLDFAST_MODEL_CARD=true)",
    )
    .option('--webhook <url>', 'gets the verdict as a CloudEvent (or HOLDFAST_WEBHOOK)')
    .option(
      '--webhook-secret-path <file>',
      'signs what it gets, as Standard Webhooks say (or HOLDFAST_WEBHOOK_SECRET_PATH)',
    );
}

/**
 * What makes the listeners that the options name; undefined where they name none. A listener is loaded where it is named.
 *
 * @throws Fault `invalid` naming the option that is wrong.
 */
export async function chooseListeners(
  options: PublishOptions,
  terminal: Terminal,
): Promise<(() => readonly RunListener[]) | undefined> {
  const { environment, cwd } = terminal;
  const mlflow = options.mlflow ?? environment.HOLDFAST_MLFLOW;
  const tensorboard = options.tensorboard ?? environment.HOLDFAST_TENSORBOARD;
  const webhook = options.webhook ?? environment.HOLDFAST_WEBHOOK;
  const modelCard = options.modelCard ?? environment.HOLDFAST_MODEL_CARD === 'true';
  if (!mlflow && !tensorboard && !webhook && !modelCard) return undefined;
  if (tensorboard && isS3Uri(tensorboard)) {
    throw new Fault('invalid', `--tensorboard ${tensorboard}: event files are written to a folder`);
  }
  const urls = {
    mlflow: mlflow ? parseUrl('--mlflow', mlflow) : undefined,
    webhook: webhook ? parseUrl('--webhook', webhook) : undefined,
  };
  const experiment =
    options.mlflowExperiment ?? (environment.HOLDFAST_MLFLOW_EXPERIMENT || 'holdfast');
  const model = options.mlflowModel ?? (environment.HOLDFAST_MLFLOW_MODEL || experiment);
  const token = options.mlflowTokenPath ?? environment.HOLDFAST_MLFLOW_TOKEN_PATH;
  const readToken = token ? () => readSecretFile(resolve(cwd, token), parseToken) : undefined;
  const secret = options.webhookSecretPath ?? environment.HOLDFAST_WEBHOOK_SECRET_PATH;
  const readSecret = secret ? () => readSecretFile(resolve(cwd, secret), parseSecret) : undefined;
  const publish = await import('@holdfast/publish');
  return () => [
    ...(modelCard ? [publish.createModelCardListener()] : []),
    ...(tensorboard ? [publish.createTensorboardListener(resolve(cwd, tensorboard))] : []),
    ...(urls.mlflow === undefined
      ? []
      : [
          publish.createMlflowListener({
            ...{ url: urls.mlflow, experiment, model, readToken },
            packModel: (run, folder) => packModel(run, folder, terminal),
          }),
        ]),
    ...(urls.webhook === undefined
      ? []
      : [publish.createWebhookListener({ url: urls.webhook, readSecret })]),
  ];
}

function parseUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Fault('invalid', `${option}: name an address that begins with http:// or https://`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Fault('invalid', `${option}: name a file with the secret instead of writing it here`);
  }
  return url;
}
