import { cp } from 'node:fs/promises';
import { type ClipDirectory, openClipDirectory } from '@holdfast/clip';
import { Fault } from '@holdfast/fault';

/**
 * Copies a run's candidate to a folder, and checks on the copy that its weights are those that were judged, whatever the
 * copying did.
 *
 * @param sha256 that the verdict is bound to
 * @returns the copy.
 * @throws Fault `precondition` if the weights are others.
 */
export async function copyCandidate(
  candidate: string,
  folder: string,
  sha256: string,
): Promise<ClipDirectory> {
  await cp(candidate, folder, { recursive: true, dereference: true });
  const copied = await openClipDirectory(folder);
  if (copied.sha256 === sha256) return copied;
  throw new Fault(
    'precondition',
    `the weights of ${candidate} (${copied.sha256}) are not those that were judged (${sha256}); run the gate on them`,
  );
}
