export {
  claimStored,
  findPlace,
  fromUri,
  isMirrored,
  isS3Uri,
  listBelow,
  listFoldersStored,
  nameObjects,
  pullFile,
  pullFiles,
  pullFolder,
  removeStored,
  resolveName,
  toName,
  toUri,
} from '@holdfast/s3';
export { confinePath, isWithin } from './confine-path.js';
export { type Fence, noFence } from './fence.js';
export { hasFile } from './has-file.js';
export { ignoreMissing } from './ignore-missing.js';
export { isInside } from './is-inside.js';
export { readJsonLines } from './json-lines.js';
export { createFolderLeaseStore } from './lease/folder-lease-store.js';
export type { LeaseStore, LeaseTerm } from './lease/lease-store.js';
export { openLeaseStore } from './lease/open-lease-store.js';
export { describeProcess, isProcessGone } from './lease/process-identity.js';
export { type LeaseHolder, readLease } from './lease/read-lease.js';
export { type Lease, outwaitLease, type TakeLeaseOptions, takeLease } from './lease/take-lease.js';
export { type AppendFile, replaceAppendFile } from './open-append-file.js';
export { type Journal, openJournal } from './open-journal.js';
export { readExactly, readInto } from './read-exactly.js';
export { removeTemporaries } from './remove-temporaries.js';
export { sha256, sha256File } from './sha256.js';
export { nameTemporary, removeAbandoned } from './temporary-name.js';
export { writeFileAtomic } from './write-file-atomic.js';
export { writeFolder } from './write-folder.js';
export { writeFolderAtomic } from './write-folder-atomic.js';
export { writeFully } from './write-fully.js';
