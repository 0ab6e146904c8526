import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readVerdict } from '@holdfast/run-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { beginRun, endRun } from '../test-support/write-run.js';
import { type CardFacts, renderModelCard } from './render-model-card.js';
import { writeModelCard } from './write-model-card.js';

const before = `---
license: mit
tags: [vision]
model-index: [{ name: old, results: [] }]
---

# CLIP

Trained on pictures.
`;

describe('a model card', () => {
  let facts: CardFacts;
  let runPath = '';
  beforeAll(async () => {
    const folder = await beginRun();
    runPath = folder.path;
    await endRun(folder);
    const { verdict } = await readVerdict(folder.verdict);
    const told = { verdict, planName: 'signs.yaml', softwareVersion: '0.1.0' };
    facts = { ...told, library: 'transformers', baseModel: 'openai/clip' };
  });
  afterAll(() => rm(runPath, { recursive: true }));

  const read = (card: string) => parse(card.split('---\n')[1]!);

  it('keeps license and tags of the model before, and none of its results', () => {
    const metadata = read(renderModelCard(facts, before));
    expect(metadata).toMatchObject({
      license: 'mit',
      base_model: 'openai/clip',
      tags: ['vision', 'clip', 'holdfast'],
    });
    expect(metadata['model-index']).toHaveLength(1);
    expect(metadata['model-index'][0].results[0]).toEqual({
      task: { type: 'zero-shot-image-classification' },
      dataset: { type: 'holdfast-plan', name: 'stop', split: 'validation' },
      metrics: [{ type: 'accuracy', value: 0.875 }],
    });
  });

  it('says of a study’s run that nothing was released', () => {
    const released = { ...facts, verdict: { ...facts.verdict, outcome: 'RETAINED' as const } };
    expect(renderModelCard(released, '')).toContain('**Released** (RETAINED). ');
    expect(renderModelCard({ ...released, study: 'fog.yaml' }, '')).toContain(
      '**Not released** (RETAINED in the study fog.yaml, which releases nothing). ',
    );
  });

  it.each([
    ['config.json', { library_name: 'transformers', base_model: 'openai/clip-2' }],
    ['open_clip_config.json', { library_name: 'open_clip' }],
  ])('names the library that loads what has %s', async (name, expected) => {
    const candidate = join(runPath, name.replace('.json', ''));
    await mkdir(candidate);
    await writeFile(join(candidate, name), JSON.stringify({ _name_or_path: 'openai/clip-2' }));
    await writeModelCard(candidate, facts);
    const metadata = read(await readFile(join(candidate, 'README.md'), 'utf8'));
    expect(metadata).toMatchObject(expected);
    expect('base_model' in metadata).toBe('base_model' in expected);
  });

  it('has the verdict, then the card of the model before', () => {
    const card = renderModelCard(facts, before);
    expect(card).toContain('**Released** (RETAINED). Nothing protected was lost.');
    expect(card).toContain('| stop | 75.0 % | 87.5 % | +12.5 | -5.0 | target |');
    expect(card.indexOf('# CLIP')).toBeGreaterThan(card.indexOf('**Released**'));
  });

  it('is the same when it is made again of itself', () => {
    const card = renderModelCard(facts, before);
    expect(renderModelCard(facts, card)).toBe(card);
    const alone = renderModelCard({ ...facts, baseModel: undefined }, '');
    expect(renderModelCard({ ...facts, baseModel: undefined }, alone)).toBe(alone);
    expect(read(alone)).not.toHaveProperty('base_model');
  });
});
