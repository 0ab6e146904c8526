import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePlan } from './parse-plan.js';
import { listPlanFields } from './test-support/list-plan-fields.js';

const docs = new URL('../../../docs/', import.meta.url);
const page = readFileSync(new URL('plan.md', docs), 'utf8');

/** Adds to a part of a plan what every plan needs. */
function complete(yaml: string): string {
  const needed = { model: 'clip', data: '{}', target: '{ class: foggy }' };
  const given = Object.keys(parse(yaml));
  const missing = Object.entries(needed).filter(([key]) => !given.includes(key));
  return missing.map(([key, value]) => `${key}: ${value}\n`).join('') + yaml;
}

describe('docs/plan.md', () => {
  it('has every field of the schema, with its values and its default', () => {
    const rows = [...page.matchAll(/^\| `([^`]+)` \| (.+?) \| (.+?) \| .+ \|$/gm)];
    const said = new Map(
      rows.map(([, path, values, byDefault]) => [path, { values, byDefault }] as const),
    );
    const known = listPlanFields().map(({ path, values, byDefault }) => {
      // What it means that a field is left out, the schema does not say.
      const absent = said.get(path)?.byDefault ?? 'what it is where it is left out';
      return [path, { values, byDefault: byDefault ?? absent }] as const;
    });
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(known));
    expect(rows).toHaveLength(said.size);
  });

  it('begins the section of each part with an example of it', () => {
    const sections = [...page.matchAll(/^## `(\w+)`\n\n```yaml\n([\s\S]*?)^```$/gm)];
    expect(sections.map(([, key]) => key)).toEqual(
      [...page.matchAll(/^## `(\w+)`$/gm)].map(([, key]) => key),
    );
    for (const [, key, yaml = ''] of sections) expect(Object.keys(parse(yaml))).toEqual([key]);
  });

  it.each([...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml = '']) => yaml))(
    'shows what parses: %s',
    (yaml) => {
      expect(() => parsePlan(complete(yaml), 'plan.md')).not.toThrow();
    },
  );
});

describe('pages of docs', () => {
  const sections = listPlanFields()
    .filter(({ path, values }) => values === 'mapping' && !path.includes('.'))
    .map(({ path }) => path);
  const wrong = new RegExp(`\`(${sections.join('|')}): \\w[^\`]*\``, 'g');
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' });

  it.each(pages.filter((path) => path.endsWith('.md')))(
    '%s writes no section as a text',
    (path) => {
      expect(readFileSync(new URL(path, docs), 'utf8').match(wrong) ?? []).toEqual([]);
    },
  );
});
