import { parsePlan, resolvePlan } from '@holdfast/plan';
import { expect, it } from 'vitest';
import { toAdamwSettings } from './run-settings.js';

it.each([
  ['', { weightDecay: 0.1, decayTowardsReference: false }],
  ['weightDecay: 10', { weightDecay: 10, decayTowardsReference: false }],
  ['weightDecay: 10, weightDecayTowards: reference', { decayTowardsReference: true }],
])('tells the optimizer what decay pulls towards: %s', (training, settings) => {
  const yaml = `model: m\ndata: {}\ntarget: { class: fog }\ntraining: { ${training} }\n`;
  const facts = { modelParameters: 670_000, logitScale: 13.7, targetImages: 320, scarceTasks: [] };
  const { plan } = resolvePlan(parsePlan(yaml, 'plan.yaml'), facts);
  expect(toAdamwSettings(plan)).toMatchObject(settings);
});
