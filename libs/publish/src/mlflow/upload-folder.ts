import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Fault } from '@holdfast/fault';
import type { MlflowClient } from './mlflow-client.js';

/**
 * Uploads files to a run's artifacts, under their places from `root`; those that are not there are left out.
 *
 * @throws Fault `precondition` if the server does not take artifacts itself.
 */
export async function uploadFolder(
  client: MlflowClient,
  artifactUri: string,
  root: string,
  files: readonly string[],
): Promise<void> {
  const base = parseArtifactUri(artifactUri);
  for (const file of files) {
    if ((await stat(file).catch(() => undefined)) === undefined) continue;
    const place = relative(root, file).split(sep).join('/');
    await client.upload(`${base}/${place}`, file);
  }
}

/** Every file of a folder, however deep. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** `mlflow-artifacts:/1/abc/artifacts`, with or without a host, as `1/abc/artifacts`. */
function parseArtifactUri(uri: string): string {
  const place = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(uri)?.[1];
  if (place !== undefined) return place.replace(/\/+$/, '');
  throw new Fault(
    'precondition',
    `MLflow keeps artifacts of this experiment at ${uri} and does not take them itself; start its server with --artifacts-destination, and name a new experiment`,
  );
}
