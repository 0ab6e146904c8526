import { describe, expect, it } from 'vitest';
import { type RunFile, runSchemas, toJsonSchema } from './json-schemas.js';

const files = Object.keys(runSchemas) as RunFile[];

describe('toJsonSchema', () => {
  it.each(files)('describes %s in JSON, and lets later versions add to it', (file) => {
    const schema = toJsonSchema(file);
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: file,
    });
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(JSON.stringify(schema)).not.toContain('"additionalProperties":false');
  });

  it('says which properties a verdict must have', () => {
    expect(toJsonSchema('verdict.json')['required']).toEqual(
      expect.arrayContaining(['schema', 'outcome', 'reference', 'candidate', 'data', 'plan']),
    );
  });

  it('tells the events of a journal apart by name', () => {
    const events = runSchemas['journal.jsonl'].options.map(({ shape }) => shape.event.value);
    expect(new Set(events).size).toBe(events.length);
    expect(events).toContain('run.completed');
  });
});
