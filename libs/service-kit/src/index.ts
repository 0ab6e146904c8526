export { collectViolations, type ViolationCollector } from './collect-violations.js';
export { createInProcessClient } from './create-in-process-client.js';
export { fromMatrix, toMatrix } from './tensor-messages.js';
export { toFault } from './to-fault.js';
