import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { confinePath, isMirrored, listBelow, sha256 } from '@holdfast/artifacts';
import { describeError, Fault } from '@holdfast/fault';
import type {
  Artifact,
  GetVerdictResponse,
  ListArtifactsResponse,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { describeRunFolder, pullRunFile, readVerdict } from '@holdfast/run-store';
import { collectViolations } from '@holdfast/service-kit';
import { outcomes } from './describe-run.js';

const pathLengthMax = 1024;
const verdictBytesMax = 32 * 1024 * 1024;
const artifactsMax = 1000;

/**
 * The real path of a file in a run's folder.
 *
 * @param path from the folder, with "/"
 * @throws Fault `invalid` if it is absolute, too long, or leads out of the folder, also by a link; `not-found` if no
 *   file is there.
 */
export async function findArtifact(runPath: string, path: string): Promise<string> {
  const violations = collectViolations('GetArtifact');
  violations.require(path !== '', 'path', 'is required');
  const isShort = path.length <= pathLengthMax;
  violations.require(isShort, 'path', `must have at most ${pathLengthMax} characters`);
  const isPlain = !isAbsolute(path) && !path.includes('\0') && !path.split(/[\\/]/).includes('..');
  violations.require(isPlain, 'path', "must start from the run's folder and stay in it");
  violations.throwIfAny();
  const real = await confinePath(join(runPath, path), [runPath]).catch((cause: unknown) => {
    violations.add('path', describeError(cause));
    return '';
  });
  violations.throwIfAny();
  await pullRunFile(describeRunFolder(runPath), real);
  // Not opened yet: a pipe would wait for its writer.
  const found = await stat(real).catch(() => undefined);
  if (found?.isFile()) return real;
  throw new Fault('not-found', `the run has no file ${JSON.stringify(path)}`);
}

/**
 * The files of a run's folder, in order of their paths; links and half-written files are left out. Of one in an object store they are what
 * the store has: here are no weights that another machine wrote.
 */
export async function listArtifacts(runPath: string): Promise<ListArtifactsResponse> {
  const artifacts: Artifact[] = [];
  const stored = await listBelow(runPath);
  const all = isMirrored(runPath) ? [...stored.keys()] : await listLocal(runPath);
  const paths = all.filter((path) => !path.split('/').some((name) => name.startsWith('.'))).sort();
  for (const path of paths.slice(0, artifactsMax)) {
    // What is replaced meanwhile is not listed.
    const bytes = stored.get(path)?.bytes ?? (await findSize(join(runPath, path)));
    if (bytes !== undefined) artifacts.push({ path, sizeBytes: BigInt(bytes) });
  }
  return { artifacts, truncated: paths.length > artifactsMax };
}

async function listLocal(runPath: string): Promise<string[]> {
  const entries = await readdir(runPath, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(runPath, join(parentPath, name)).replaceAll(sep, '/'));
}

async function findSize(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/**
 * A run's verdict.
 *
 * @throws Fault `not-found` if it has none yet, `exhausted` if it is too large for a message.
 */
export async function getVerdict(runPath: string): Promise<GetVerdictResponse> {
  const { verdict: path } = describeRunFolder(runPath);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Fault('not-found', 'the run has no verdict yet');
  if (found.size > verdictBytesMax) {
    throw new Fault('exhausted', 'the verdict is too large; get the artifact verdict.json');
  }
  const { text, verdict } = await readVerdict(path);
  return {
    outcome: outcomes[verdict.outcome],
    reason: verdict.reason,
    verdictJson: text,
    sha256: sha256(text),
  };
}
