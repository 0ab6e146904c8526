import { Fault } from '@holdfast/fault';

/** How a pointer of Git LFS begins; whoever clones without Git LFS gets pointers in place of large files. */
const opening = 'version https://git-lfs.github.com/spec/';

/** Bytes of a file that {@link refuseLfsPointer} needs to see. */
export const lfsOpeningBytes = opening.length;

/** @throws Fault `invalid` if a file begins as a pointer of Git LFS does. */
export function refuseLfsPointer(path: string, beginning: string): void {
  if (!beginning.startsWith(opening)) return;
  throw new Fault(
    'invalid',
    `${path} is a pointer of Git LFS, not the file itself: run "git lfs install" and "git lfs pull" in its repository`,
  );
}
