// Fails where an import crosses a layer, or packages, or folders or files of one, need one another in a circle.
// The layers are the tags in each package.json; docs/architecture.md says what they mean.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBreaches } from './layers/find-breaches.mjs';

const breaches = findBreaches(dirname(dirname(fileURLToPath(import.meta.url))));
for (const breach of breaches) process.stderr.write(`${breach}\n`);
process.exitCode = breaches.length > 0 ? 1 : 0;
