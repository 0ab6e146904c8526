import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  claimStored,
  confinePath,
  isMirrored,
  listBelow,
  removeStored,
  toName,
} from '@holdfast/artifacts';
import { Fault, isFault, nameFullDisk } from '@holdfast/fault';
import { describeRunFolder, type RunFolder } from './run-folder.js';

/**
 * Makes the folder of a new run, or takes an empty one that stands: what is in it later is the run's
 * own, so that a run that fails at once may remove it.
 *
 * @throws Fault `precondition` if it holds a run or anything else, `invalid` if it lies outside the
 *   roots or cannot be made; nothing is then made.
 */
export async function claimRunFolder(path: string, roots: readonly string[]): Promise<RunFolder> {
  const folder = describeRunFolder(await confinePath(path, roots));
  await claimPrefix(folder);
  try {
    await mkdir(dirname(folder.path), { recursive: true });
    await mkdir(folder.path);
  } catch (cause) {
    const full = nameFullDisk(cause, path);
    if (isFault(full)) throw full;
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      const message = `${path} cannot be made: ${(cause as Error).message}`;
      throw new Fault('invalid', message, { cause });
    }
    await requireEmpty(folder);
  }
  return folder;
}

/** Of a folder in an object store: nobody else's, and without what an earlier run of that name left on this machine. */
async function claimPrefix({ path }: RunFolder): Promise<void> {
  if (!isMirrored(path)) return;
  const left = await listBelow(path);
  const names = [...left.keys()];
  const isLeft = left.has(claimName) && names.every((name) => isBeforeOrigin(name.split('/')[0]!));
  if (names.length > 0 && !isLeft) {
    const name = toName(path);
    throw new Fault('precondition', `${name} is not empty; resume its run or name another folder`);
  }
  requireLeft(
    path,
    [...left.values()].map(({ changedMs }) => changedMs),
  );
  await claimStored(join(path, claimName), left.get(claimName));
  for (const name of names) if (name !== claimName) await removeStored(join(path, name));
  await rm(path, { recursive: true, force: true });
}

/** By its first object a folder in a store is known for a run's. */
const claimName = '.claim';

/** What stands in a folder before the run's origin, which makes it a run. */
const beforeOrigin: ReadonlySet<string> = new Set([
  claimName,
  'modules',
  'plan.yaml',
  'journal.jsonl',
  'lease',
]);

/** Submitting a run takes no longer: its process was killed meanwhile. */
const submittingMaxMs = 10_000;

/** @throws Fault `precondition` if the submission may still go on that wrote at these times. */
function requireLeft(path: string, changedMs: readonly number[]): void {
  if (changedMs.every((time) => Date.now() - time >= submittingMaxMs)) return;
  const message = `${toName(path)} holds a run that is being submitted, or whose process was killed meanwhile: try again in ${submittingMaxMs / 1000} seconds`;
  throw new Fault('precondition', message);
}

/**
 * Removes what a submission left that was killed, which no one can resume.
 *
 * @throws Fault `precondition` if it may still go on.
 */
async function removeLeftOver(path: string, names: readonly string[]): Promise<void> {
  const changed = await Promise.all(names.map((name) => stat(join(path, name))));
  requireLeft(
    path,
    changed.map(({ mtimeMs }) => mtimeMs),
  );
  for (const name of names) await rm(join(path, name), { recursive: true });
}

function isBeforeOrigin(name: string): boolean {
  return beforeOrigin.has(name) || (name.startsWith('.') && name.endsWith('.tmp'));
}

async function requireEmpty({ path, plan }: RunFolder): Promise<void> {
  const names = await readdir(path).catch((cause: Error) => {
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR';
    const reason = isFile ? 'it is a file; name a new folder for the run' : cause.message;
    throw new Fault('invalid', `${path} cannot be a run's folder: ${reason}`, { cause });
  });
  if (names.length === 0) return;
  // A plan alone may be anybody's.
  if (names.includes('journal.jsonl') && names.every(isBeforeOrigin)) {
    return removeLeftOver(path, names);
  }
  const holdsRun = (await stat(plan).catch(() => undefined)) !== undefined;
  throw new Fault(
    'precondition',
    holdsRun
      ? `${path} holds a run; resume it or name another folder`
      : `${path} is not empty; name a new folder for the run`,
  );
}
