// Writes the JSON Schemas of what commands print under --json into apps/cli/schemas. A test says when they are out of date.
//
//   node scripts/write-json-schemas.mjs     # needs a built repository
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJsonSchemas } from '../apps/cli/dist/json/json-schemas.js';

const folder = fileURLToPath(new URL('../apps/cli/schemas', import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const [name, schema] of createJsonSchemas()) {
  writeFileSync(join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
