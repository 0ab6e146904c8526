export { describeError } from './describe-error.js';
export { Fault, type FaultKind, type FieldViolation, isFault } from './fault.js';
export { type PackedFault, packFault, unpackFault } from './pack-fault.js';
