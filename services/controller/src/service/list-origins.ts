import { describeError, Fault, isFault } from '@holdfast/fault';
import { readOrigin } from '@holdfast/run-store';
import type { KnownRun } from './find-repeated.js';
import { listRunFolders } from './list-run-folders.js';

/**
 * Where the runs of a folder of runs came from, and that of `others`. What holds no run is left out, and so is one whose origin is
 * damaged, or not for this process to read.
 *
 * @throws Fault `unavailable` where anything else keeps one from being read: it may be the run that is looked for, and may be read again soon;
 *   as the folder of runs itself is refused for good
 */
export async function listOrigins(
  runsPath: string,
  others: readonly string[] = [],
): Promise<KnownRun[]> {
  const known: KnownRun[] = [];
  const stored = await listRunFolders(runsPath).catch((error: unknown) => {
    if (isLasting(error)) throw error;
    return refuseForNow(error);
  });
  for (const path of [...others, ...stored]) {
    const origin = await readOrigin(path).catch((error: unknown) =>
      isLasting(error) ? undefined : refuseForNow(error),
    );
    if (origin !== undefined) known.push({ path, origin });
  }
  return known;
}

/** What lies beside runs, as the `lost+found` of a disk, would refuse every run if it counted. */
const lastingCodes: readonly string[] = ['EACCES', 'EPERM', 'EISDIR'];

/** Whether what keeps it from being read stays as it is until a person changes it: of a precondition without a system's code, as a store's denial is, nothing says that it passes. */
function isLasting(error: unknown): boolean {
  if (!isFault(error)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (error.kind === 'precondition') return code === undefined || lastingCodes.includes(code);
  return error.kind === 'not-found' || error.kind === 'invalid';
}

function refuseForNow(cause: unknown): never {
  const message = `it cannot be told whether this request has a run already: ${describeError(cause)}`;
  throw new Fault('unavailable', message, { cause });
}
