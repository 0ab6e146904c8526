// A parent that starts a process in an endless loop, says its number, and stays.
import { startProcess } from '../../dist/start-process.js';

const isolate = startProcess('test-support/spin.js', undefined);
isolate.on('message', (processId) => process.stdout.write(`${processId}\n`));
isolate.ref();
