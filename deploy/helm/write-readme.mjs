// Writes the table of values in the chart's README from values.yaml: a comment that begins with `--` describes the value below it.
//
//   node deploy/helm/write-readme.mjs [--check]
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const chart = join(dirname(fileURLToPath(import.meta.url)), 'holdfast');

/** The values with their defaults and descriptions, as rows of a table. */
function listValues(text) {
  const rows = [];
  const parents = [];
  let description = '';
  for (const line of text.split('\n')) {
    const comment = /^\s*# -- (.*)$/.exec(line)?.[1];
    if (comment !== undefined) description = comment;
    const [, indent, key, value] = /^( *)([A-Za-z]\w*): *(.*)$/.exec(line) ?? [];
    if (key === undefined) continue;
    parents.splice(indent.length / 2, Infinity, key);
    if (value !== '' || description !== '') {
      const fallback = value === '' ? '' : `\`${value.replaceAll('|', '\\|')}\``;
      rows.push(`| \`${parents.join('.')}\` | ${fallback} | ${description} |`);
    }
    description = '';
  }
  return rows;
}

const path = join(chart, 'README.md');
const [before] = readFileSync(path, 'utf8').split('| value |');
const rows = listValues(readFileSync(join(chart, 'values.yaml'), 'utf8'));
const text = `${before}| value | default | |\n|---|---|---|\n${rows.join('\n')}\n`;
if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  console.error('deploy/helm/holdfast/README.md: run node deploy/helm/write-readme.mjs');
  process.exitCode = 1;
}
