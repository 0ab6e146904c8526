import { rm } from 'node:fs/promises';
import { readVerdict } from '@holdfast/run-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { beginRun, endRun } from '../test-support/write-run.js';
import { type CardFacts, renderModelCard } from './render-model-card.js';

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
    facts = { verdict, planName: 'signs.yaml', softwareVersion: '0.1.0', baseModel: 'openai/clip' };
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
