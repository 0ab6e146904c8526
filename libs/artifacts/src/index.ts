export { confinePath } from './confine-path.js';
export { appendJsonLine, readJsonLines } from './json-lines.js';
export { type Journal, openJournal } from './open-journal.js';
export { sha256, sha256File } from './sha256.js';
export { writeFileAtomic } from './write-file-atomic.js';
export { writeFolderAtomic } from './write-folder-atomic.js';
