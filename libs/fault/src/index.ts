export { describeError } from './describe-error.js';
export {
  Fault,
  type FaultKind,
  type FaultOptions,
  type FieldViolation,
  isFault,
  runsEndMs,
} from './fault.js';
export { forEachBounded } from './for-each-bounded.js';
export { nameFullDisk } from './full-disk.js';
export { joinFaults } from './join-faults.js';
export { type PackedFault, packFault, unpackFault } from './pack-fault.js';
export { nameUnreadable } from './unreadable.js';
