import { describe, expect, it } from 'vitest';
import { parsePlan } from './parse-plan.js';
import { resolvePlan, restorePlan } from './resolve-plan.js';

const facts = { modelParameters: 670_000, logitScale: 13.74, targetImages: 320, scarceTasks: [] };

function parse(lines = '') {
  return parsePlan(
    `model: m\ndata: { root: images }\ntarget: { class: foggy }\n${lines}`,
    'plan.yaml',
  );
}

describe('resolvePlan', () => {
  it('puts numbers with reasons where the plan says nothing', () => {
    const { plan, resolutions } = resolvePlan(parse(), facts);
    expect(plan).toMatchObject({
      objective: { contrastiveTemperature: 0.0728 },
      constraints: { constraintTemperature: 0.0728, penaltyCoefficient: 0.0728 },
      training: { steps: 600, warmupSteps: 30, learningRate: 3e-4 },
    });
    expect(resolutions.map(({ field }) => field)).toEqual([
      'objective.contrastiveTemperature',
      'constraints.constraintTemperature',
      'constraints.penaltyCoefficient',
      'constraints.constraintMovingAverage',
      'distillation.weight',
      'training.steps',
      'training.warmupSteps',
      'training.learningRate',
    ]);
    expect(resolutions.every(({ because }) => because.length > 10)).toBe(true);
  });

  it('keeps the numbers that a person wrote, and derives the others from them', () => {
    const lines =
      'training: { steps: 40, learningRate: 0.01 }\nconstraints: { constraintTemperature: 0.02 }';
    const { plan, resolutions } = resolvePlan(parse(lines), facts);
    expect(plan.training).toMatchObject({ steps: 40, learningRate: 0.01, warmupSteps: 10 });
    expect(plan.constraints.penaltyCoefficient).toBe(0.02);
    expect(resolutions.map(({ field }) => field)).toEqual([
      'objective.contrastiveTemperature',
      'constraints.penaltyCoefficient',
      'constraints.constraintMovingAverage',
      'distillation.weight',
      'training.warmupSteps',
    ]);
  });

  it('distils on synthetic images where tasks have few training images, and nothing where none has', () => {
    const scarce = { ...facts, scarceTasks: ['frog', 'ship'] };
    const weightOf = (lines: string, known: Parameters<typeof resolvePlan>[1]) =>
      resolvePlan(parse(lines), known).plan.distillation?.weight;
    const { plan, resolutions } = resolvePlan(parse(), scarce);
    expect(plan.distillation).toMatchObject({ weight: 10, unlabelled: { batch: 64 } });
    expect(plan.distillation!.unlabelled!.images).toBeUndefined();
    const { because } = resolutions.find(({ field }) => field === 'distillation.weight')!;
    expect(because).toMatch(/^"frog" and 1 more have few training images/);
    expect(resolvePlan(parse(), facts).plan).not.toHaveProperty('distillation');
    // What a person wrote stands, and joint contrast alone is that alone.
    expect(weightOf('distillation: { weight: 0 }', scarce)).toBeUndefined();
    expect(weightOf('method: flyp', scarce)).toBeUndefined();
    const heads = 'heads: { enabled: true }\ntraining: { scope: heads }';
    expect(weightOf(heads, scarce)).toBeUndefined();
    expect(weightOf('method: flyp\ndistillation: { weight: auto, unlabelled: {} }', scarce)).toBe(
      10,
    );
    // On the prompts of another label space, and on the target's own.
    const objects = 'spaces: { objects: { classes: [frog, ship] } }\n';
    expect(weightOf(`${objects}distillation: { unlabelled: {} }`, facts)).toBe(10);
    expect(weightOf('distillation: { unlabelled: { texts: texts.txt } }', facts)).toBe(10);
    expect(weightOf('distillation: { unlabelled: { images: pool } }', facts)).toBe(3);
    expect(weightOf('distillation: {}', facts)).toBe(1);
  });

  it('lists no penalty and no average of joint contrast alone', () => {
    const { resolutions } = resolvePlan(parse('method: flyp\n'), facts);
    const fields = resolutions.map(({ field }) => field);
    expect(fields).not.toContain('constraints.penaltyCoefficient');
    expect(fields).not.toContain('constraints.constraintMovingAverage');
  });

  it('has constraints act on many batches where the objective holds what is protected, else on the last', () => {
    const averageOf = (lines: string) =>
      resolvePlan(parse(lines), facts).plan.constraints.constraintMovingAverage;
    expect(averageOf('')).toBe(0.05);
    expect(averageOf('objective: { kind: weighted }')).toBe(0.05);
    expect(averageOf('objective: { kind: target }')).toBe(0.8);
    expect(averageOf('objective: { module: own.ts }')).toBe(0.05);
    expect(averageOf('constraints: { penalty: augmentedLagrangian }')).toBe(0.8);
    expect(averageOf('protected: [rainy, { class: sunny, ceiling: true }]')).toBe(0.8);
    expect(averageOf('constraints: { constraintMovingAverage: 0.3 }')).toBe(0.3);
  });

  it.each(['', 'method: flyp\n', 'training: { steps: 40 }\nheads: { enabled: true }\n'])(
    'gives a run that goes on the numbers that it began with: %j',
    (lines) => {
      const draft = parse(lines);
      const { plan, resolutions } = resolvePlan(draft, facts);
      expect(restorePlan(draft, resolutions)).toEqual(plan);
      const later = resolutions.map((one) => ({ ...one, value: 2 * one.value }));
      const restored = restorePlan(draft, later).objective.contrastiveTemperature;
      expect(restored).toBe(2 * plan.objective.contrastiveTemperature);
    },
  );

  it('refuses a warm-up that is longer than the run that auto gives', () => {
    const draft = parse('training: { warmupSteps: 400 }');
    expect(() => resolvePlan(draft, { ...facts, targetImages: 1 })).toThrow(
      expect.objectContaining({
        violations: [expect.objectContaining({ field: 'training.warmupSteps' })],
      }),
    );
  });

  it('refuses decay that goes past the old weights at the rate that auto gives', () => {
    const decay = (weightDecay: number) =>
      parse(`training: { weightDecay: ${weightDecay}, weightDecayTowards: reference }`);
    expect(() => resolvePlan(decay(3000), facts)).not.toThrow();
    expect(() => resolvePlan(decay(4000), facts)).toThrow(
      expect.objectContaining({
        violations: [
          {
            field: 'training.weightDecay',
            description: expect.stringContaining('takes weights past the old ones'),
          },
        ],
      }),
    );
  });
});

describe('restorePlan', () => {
  it('takes the recorded numbers, whatever would be derived', () => {
    const { resolutions } = resolvePlan(parse(), facts);
    const recorded = resolutions.map((entry) =>
      entry.field === 'training.learningRate' ? { ...entry, value: 7e-5 } : entry,
    );
    expect(restorePlan(parse(), recorded).training.learningRate).toBe(7e-5);
  });

  it('distils nothing in a run that began before that was a number of its own', () => {
    const scarce = { ...facts, scarceTasks: ['frog'] };
    const { resolutions } = resolvePlan(parse(), scarce);
    expect(restorePlan(parse(), resolutions).distillation).toMatchObject({ weight: 10 });
    const before = resolutions.filter(({ field }) => field !== 'distillation.weight');
    expect(restorePlan(parse(), before)).not.toHaveProperty('distillation');
  });

  it('goes on with the average that a run had before that followed from the objective', () => {
    const { resolutions } = resolvePlan(parse(), facts);
    const field = 'constraints.constraintMovingAverage';
    const before = resolutions.filter((one) => one.field !== field);
    expect(restorePlan(parse(), before).constraints.constraintMovingAverage).toBe(0.8);
  });

  it('refuses a record that lacks a number', () => {
    expect(() => restorePlan(parse(), [])).toThrow('training.learningRate');
  });
});
