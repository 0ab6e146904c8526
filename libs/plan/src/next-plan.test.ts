import { describe, expect, it } from 'vitest';
import { nextPlan } from './next-plan.js';
import { parsePlan } from './parse-plan.js';

const next = { model: '../runs/1/candidate', target: 'fog', firstModel: 'base' };

describe('nextPlan', () => {
  it('changes model, target and first model, and nothing else', () => {
    const yaml = `# What this is.
model: base   # validated in May
data: { root: images }
target:
  class: snow   # the worst
gate:
  tolerance: 0.1
`;
    const { text, notes } = nextPlan(yaml, next);
    expect(text).toBe(`# What this is.
model: ../runs/1/candidate # validated in May
data: { root: images }
target:
  class: fog # the worst
gate:
  tolerance: 0.1
  firstModel: base
`);
    expect(notes).toEqual([]);
    // Round after round.
    const third = nextPlan(text, {
      ...next,
      target: 'rain',
      firstModel: 'other',
      manifest: 'b.csv',
    });
    expect(parsePlan(third.text, 'p')).toMatchObject({
      data: { root: 'images', manifest: 'b.csv' },
      target: { class: 'rain' },
      gate: { firstModel: 'base' },
    });
  });

  it('protects the last target where labels are listed, and the new one no more', () => {
    const yaml = `model: base
data: { root: images }
target: { class: snow, negatives: [fog, "007"] }
protected:
  - fog # thick
  - { class: rain, tolerance: 0.02 }
  - { class: fog, where: { time: night } }
  - { classes: [fog, hail], name: "both" }
  - "007"
`;
    const { text, notes } = nextPlan(yaml, next);
    expect(text).toBe(`model: ../runs/1/candidate
data: { root: images }
target: { class: fog }
protected:
  - { class: rain, tolerance: 0.02 }
  - { classes: [ hail ], name: "both" }
  - "007"
  - snow
gate:
  firstModel: base
`);
    expect(notes).toEqual([
      'target.negatives is left out (it named fog, 007): every protected label is a negative',
      'fog, time=night is protected no more: a plan cannot protect a slice of its own target',
      'fog is no part of the protected task both any more',
    ]);
    expect(parsePlan(text, 'p').protected).toContain('snow');
  });

  it('holds a ceiling no more that is to be improved, and says so', () => {
    const yaml = `model: m
data: {}
target: { class: snow, negatives: [rain] }
protected: [rain, { class: fog, ceiling: true }, { class: hail, ceiling: true }]
`;
    const { text, notes } = nextPlan(yaml, next);
    expect(notes).toEqual([
      'target.negatives is left out (it named rain): every protected label but ceilings is a negative',
      'fog (ceiling) is held no more: what a plan improves cannot be a ceiling of it',
    ]);
    expect(parsePlan(text, 'p').protected).toMatchObject([
      'rain',
      { class: 'hail', ceiling: true },
      'snow',
    ]);
  });

  it('protects each of several last targets', () => {
    const yaml = 'model: m\ndata: {}\ntarget:\n  class: [snow, fog, "007"]\nprotected: [rain]\n';
    const { text } = nextPlan(yaml, next);
    const plan = parsePlan(text, 'p');
    expect(plan.target.class).toBe('fog');
    expect(plan.protected).toEqual(['rain', 'snow', '007']);
  });

  it('improves the same label again without protecting it', () => {
    const yaml = 'model: m\ndata: {}\ntarget: { class: fog }\nprotected: [snow]\n';
    const { text } = nextPlan(yaml, next);
    expect(parsePlan(text, 'p').protected).toEqual(['snow']);
  });
});
