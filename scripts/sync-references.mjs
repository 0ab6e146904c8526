// Writes each tsconfig.json's project references from its package.json, and the root's list.
// `--check` changes nothing and fails if a file would change.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackages } from './read-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const check = process.argv.includes('--check');
const packages = readPackages(root);
const folderOf = new Map(packages.map((p) => [p.manifest.name, p.folder]));

let stale = 0;
function write(file, content) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (JSON.stringify(JSON.parse(old || 'null')) === JSON.stringify(content)) return;
  stale += 1;
  if (check) process.stderr.write(`${relative(root, file)}: run \`npm run fix\`\n`);
  else writeFileSync(file, text);
}

for (const { folder, manifest } of packages) {
  const file = join(root, folder, 'tsconfig.json');
  const current = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { extends: `${relative(folder, '.')}/tsconfig.base.json`, include: ['src'] };
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const references = names
    .filter((name) => folderOf.has(name))
    .sort()
    .map((name) => ({ path: relative(folder, folderOf.get(name)) }));
  write(file, { ...current, references });
}
write(join(root, 'tsconfig.json'), {
  files: [],
  references: packages.map(({ folder }) => ({ path: `./${folder}` })),
});
process.exitCode = check && stale > 0 ? 1 : 0;
