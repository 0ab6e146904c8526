export { Fault, type FaultKind, type FieldViolation, isFault } from './fault.js';
