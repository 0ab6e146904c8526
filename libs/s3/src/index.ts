export {
  findPlace,
  fromUri,
  isMirrored,
  isS3Uri,
  nameObjects,
  type ObjectPlace,
  resolveName,
  toMirrorPath,
  toName,
  toUri,
} from './mirror.js';
export type { ObjectStore, WriteCondition } from './object-store.js';
export { openBucket } from './open-bucket.js';
export {
  listBelow,
  listFoldersStored,
  type PullFolderOptions,
  type PullOptions,
  pullFile,
  pullFiles,
  pullFolder,
} from './pull.js';
export { claimStored, pushFile, pushFolder, removeStored } from './push.js';
