export { confinePath } from './confine-path.js';
export { isInside } from './is-inside.js';
export { readJsonLines } from './json-lines.js';
export { type Journal, openJournal } from './open-journal.js';
export { readExactly, readInto } from './read-exactly.js';
export { sha256, sha256File } from './sha256.js';
export { writeFileAtomic } from './write-file-atomic.js';
export { writeFolderAtomic } from './write-folder-atomic.js';
export { writeFully } from './write-fully.js';
