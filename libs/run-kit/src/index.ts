export { confineUri } from './confine-uri.js';
export { createRunStore, type RunStore } from './create-run-store.js';
export { listEnumNames } from './enum-names.js';
export { fingerprintRun } from './fingerprint-run.js';
export { type ParsedHeads, parseHeads } from './parse-heads.js';
export { type ParsedTrainable, parseTrainable } from './parse-trainable.js';
export { requireRunId } from './require-run-id.js';
export { fromMatrix, toMatrix } from './tensor-messages.js';
export { toPath } from './to-path.js';
