import type { Fault } from '@holdfast/fault';
import { describe, expect, it } from 'vitest';
import { formatPlan } from './format-plan.js';
import { parsePlan } from './parse-plan.js';
import { planMaxBytes } from './plan-document.js';
import { listModules } from './plan-modules.js';
import { listProtectedEntries } from './protected-entries.js';
import { limitTrainingImages } from './training-images.js';

const minimal = `model: models/clip
data: { root: images }
target: { class: foggy }
`;

function faultOf(yaml: string): Fault {
  try {
    parsePlan(yaml, 'plan.yaml');
  } catch (error) {
    return error as Fault;
  }
  throw new Error('expected a fault');
}

describe('claims of the gate', () => {
  it('leave a plan without them as it is', () => {
    expect(parsePlan(minimal, 'plan.yaml').gate).not.toHaveProperty('claims');
  });

  it('read each as the tolerance, also from the plan written out', () => {
    const plan = parsePlan(
      `${minimal}gate: { claims: { each: 0.15, together: 0.02 } }\n`,
      'plan.yaml',
    );
    expect(plan.gate).toMatchObject({ tolerance: 0.15, claims: { each: 0.15, together: 0.02 } });
    expect(parsePlan(formatPlan(plan), 'plan.yaml')).toEqual(plan);
  });

  it('refuse two numbers for one task', () => {
    const fault = faultOf(`${minimal}gate: { tolerance: 0.1, claims: { each: 0.15 } }\n`);
    expect(fault.violations).toEqual([
      {
        field: 'gate.claims.each',
        description: expect.stringMatching(/is 0.15, and gate.tolerance is 0.1: .*; keep one/),
      },
    ]);
  });
});

describe('parsePlan', () => {
  it('fills in every default of a plan that names model, data and target', () => {
    const plan = parsePlan(minimal, 'plan.yaml');
    expect(plan).toMatchObject({
      model: 'models/clip',
      data: { root: 'images', split: { steering: 0.2, validation: 0.3 } },
      method: 'retain',
      objective: { kind: 'joint', contrastiveTemperature: 'auto' },
      constraints: { penalty: 'smoothedHinge', drive: 'loss', multipliers: { initial: 1 } },
      training: { steps: 'auto', warmupSteps: 'auto', augmentation: { shift: 0.0625 } },
      selection: { alphas: [1, 0.8, 0.6] },
      gate: { policy: 'evidence', tolerance: 0.05 },
    });
    expect(plan.protected).toBeUndefined();
  });

  it('says what a task is where it has no name, and keeps the values of conditions as they are written', () => {
    const plan = parsePlan(
      `${minimal}protected:
  - { where: { Weather: foggy, time: [night, 06] } }
  - { class: stop sign, where: { time: 06 } }
  - { classes: [clear, rainy] }
  - { each: objects, constrain: false }
spaces: { objects: { data: { root: objects } } }
`,
      'plan.yaml',
    );
    const entries = listProtectedEntries(plan)!;
    expect(entries.map(({ name }) => name)).toEqual([
      'weather=foggy & time=night|06',
      'stop sign, time=06',
      'clear + rainy',
      'objects',
    ]);
    expect(entries[0]!.where).toEqual([
      ['weather', ['foggy']],
      ['time', ['night', '06']],
    ]);
  });

  it('holds training to no task of labels of which no image may train', () => {
    const plan = parsePlan(
      `${minimal.replace(/^data: \{ /m, 'data: { trainingImages: 100, ')}protected: [clear, cat, { classes: [cat, dog] }, { each: pets }, { each: birds }, { class: birds/owl, constrain: false }, { where: { time: night } }]
spaces:
  pets: { classes: [cat, dog], trainingImages: 0 }
  birds: { data: { root: birds }, trainingImages: 20 }
`,
      'plan.yaml',
    );
    const held = listProtectedEntries(plan)!.map(({ constrain }) => constrain);
    expect(held).toEqual([true, false, false, false, true, false, true]);
    expect(['clear', 'cat', 'birds/owl'].map((label) => limitTrainingImages(plan, label))).toEqual([
      100, 0, 20,
    ]);
  });

  it('names a robustness task by what is done to its images, as hard as 3 unless told otherwise', () => {
    const plan = parsePlan(
      `${minimal}protected:
  - clear
  - { class: clear, corruptions: [fog, shotNoise], severity: 5 }
  - { corruptions: [contrast], where: { time: night } }
  - { each: objects, corruptions: [pixelate], severity: 1 }
spaces: { objects: { data: { root: objects } } }
`,
      'plan.yaml',
    );
    const entries = listProtectedEntries(plan)!;
    expect(entries.map(({ name }) => name)).toEqual([
      'clear',
      'clear, fog 5 | shotNoise 5',
      'time=night, contrast 3',
      'objects, pixelate 1',
    ]);
    expect(entries[0]!.corruptions).toEqual([]);
    expect(entries[2]!.corruptions).toEqual([{ name: 'contrast', severity: 3 }]);
  });

  it('takes attacks, in 255ths or as shares, and steps as far as 2.5 radii', () => {
    const plan = parsePlan(
      `${minimal}protected:
  - clear
  - { class: clear, attack: { pgd: { epsilon: 1/255 } } }
  - { attack: { pgd: { epsilon: 0.01, stepSize: 0.5/255, steps: 20, start: random } }, constrain: false }
  - { attack: { pgd: { epsilon: 0.5, steps: 1 } }, constrain: false }
`,
      'plan.yaml',
    );
    const entries = listProtectedEntries(plan)!;
    expect(entries.map(({ name }) => name)).toEqual([
      'clear',
      'clear, pgd 1/255 in 10 steps of 0.25/255',
      'pgd 2.55/255 in 20 steps of 0.5/255 from random',
      // 2.5 radii would be more than all there is.
      'pgd 127.5/255 in 1 steps of 255/255',
    ]);
    expect(entries.map(({ constrain }) => constrain)).toEqual([true, true, false, false]);
    expect(entries[1]!.corruptions).toEqual([
      { name: 'pgd', epsilon: 1, stepSize: 0.25, steps: 10, start: 'image' },
    ]);
    expect(parsePlan(formatPlan(plan), 'plan.yaml')).toEqual(plan);
  });

  it('takes labels and mappings as protected tasks, and numbers as keys of class names', () => {
    const plan = parsePlan(
      `${minimal}protected: [clear, { class: rainy, tolerance: 0.02 }]
prompts: { classNames: { 80: speed limit 80 } }
`,
      'plan.yaml',
    );
    expect(plan.protected).toEqual([
      'clear',
      { class: 'rainy', tolerance: 0.02, ceiling: false, requiredSlack: 0, constrain: true },
    ]);
    expect(plan.prompts.classNames).toEqual({ 80: 'speed limit 80' });
  });

  it('takes texts as they are written, whatever YAML reads in them', () => {
    const yaml = `model: 0x1F
data: { root: 1e3, manifest: 2026.10 }
target: { class: 007, negatives: [1_000, true, 012, .5] }
protected:
  - 010
  - { class: &name 1.0, name: off }
prompts:
  classNames: { 007: 9, yes: no, 1.50: False, off: *name }
training: { steps: 1e3 }
`;
    const plan = parsePlan(yaml, 'plan.yaml');
    expect(plan).toMatchObject({ model: '0x1F', data: { root: '1e3', manifest: '2026.10' } });
    expect(plan.target).toEqual({ class: '007', negatives: ['1_000', 'true', '012', '.5'] });
    expect(plan.protected).toMatchObject(['010', { class: '1.0', name: 'off' }]);
    const { classNames } = plan.prompts;
    expect(classNames).toEqual({ '007': '9', yes: 'no', '1.50': 'False', off: '1.0' });
    // What is no text keeps YAML's meaning.
    expect(plan.training.steps).toBe(1000);
    expect(parsePlan(formatPlan(plan), 'plan.yaml')).toEqual(plan);
  });

  it('writes labels in the form NFC, as those of the data', () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    const plan = parsePlan(
      `model: ${decomposed}
data: { root: images }
target: { class: ${decomposed}, negatives: [${decomposed}3] }
protected: [${decomposed}1, { class: ${decomposed}2 }]
prompts: { classNames: { ${decomposed}: coffee } }
`,
      'plan.yaml',
    );
    expect(plan.target).toEqual({ class: composed, negatives: [`${composed}3`] });
    expect(plan.protected).toMatchObject([`${composed}1`, { class: `${composed}2` }]);
    expect(plan.prompts.classNames).toEqual({ [composed]: 'coffee' });
    // A path is what the file system says it is.
    expect(plan.model).toBe(decomposed);
  });

  it('takes the constraints away from method flyp', () => {
    const plan = parsePlan(`${minimal}method: flyp\n`, 'plan.yaml');
    expect(plan.constraints.penalty).toBe('none');
    expect(plan.objective.kind).toBe('joint');
  });

  it('fills in the share of protected pairs where they are weighed', () => {
    const objectiveOf = (lines: string) => {
      const plan = parsePlan(`${minimal}${lines}\n`, 'plan.yaml');
      expect(parsePlan(formatPlan(plan), 'plan.yaml')).toEqual(plan);
      return plan.objective;
    };
    expect(objectiveOf('method: flyp\nobjective: { kind: weighted }').protectedShare).toBe(0.5);
    expect(objectiveOf('objective: { kind: weighted, protectedShare: 0.2 }').protectedShare).toBe(
      0.2,
    );
    expect(objectiveOf('').protectedShare).toBeUndefined();
  });

  it('fills in what follows from the scope', () => {
    const scopeOf = (lines: string) => parsePlan(`${minimal}${lines}\n`, 'plan.yaml');
    const adapted = scopeOf('training: { scope: adapters }');
    expect(adapted.training.adapters).toEqual({ rank: 8, scale: 1 });
    const featured = scopeOf('training: { scope: heads }\nheads: { enabled: true }');
    expect(featured.training.augmentation).toMatchObject({ shift: 0, contrast: 0 });
    expect(featured.constraints.augmentation).toBe('none');
    for (const plan of [adapted, featured]) {
      expect(parsePlan(formatPlan(plan), 'plan.yaml')).toEqual(plan);
    }
  });

  it('refuses a warm-up that is longer than the run', () => {
    const fault = faultOf(`${minimal}training: { steps: 10, warmupSteps: 11 }\n`);
    expect(fault.message).toContain('training.warmupSteps 11 steps of warm-up');
  });

  it('refuses decay towards the old weights that pulls nothing', () => {
    const training = 'training: { weightDecay: 0, weightDecayTowards: reference }';
    const { message } = faultOf(`${minimal}${training}\n`);
    expect(message).toContain('training.weightDecayTowards is reference, but weightDecay is 0');
  });

  it.each<[string, string, string, string]>([
    [
      'a key that is misspelt',
      'constraints:\n  penaltyCoeficient: 2',
      'constraints.penaltyCoeficient',
      'line 5: is not a key of the plan; did you mean penaltyCoefficient?',
    ],
    [
      'a key in another case',
      'gate: { Tolerance: 0.1 }',
      'gate.Tolerance',
      'line 4: is not a key of the plan; did you mean tolerance?',
    ],
    [
      'a batch that has no half',
      'training: { targetBatch: 1 }',
      'training.targetBatch',
      'line 4: must be at least 2, is 1',
    ],
    [
      'a key in the wrong place',
      'steps: 100',
      'steps',
      'line 4: belongs elsewhere: training.steps',
    ],
    [
      'a shift in pixels, saying which share to write',
      'training: { augmentation: { shiftPixels: 4 } }',
      'training.augmentation.shiftPixels',
      "line 4: is a share of the image's side, called shift: 0.0625 is 2 pixels of 32 and 14 of 224",
    ],
    [
      'a key that nothing is like',
      'gate: { zzzzzzzz: 1 }',
      'gate.zzzzzzzz',
      'line 4: is not a key of the plan; known here: policy, level, tolerance, claims, candidatesMax, judgementsMax, ledger, firstModel',
    ],
    [
      'a key of a protected task',
      'protected:\n  - clear\n  - class: rainy\n    tolerence: 0.1',
      'protected[1].tolerence',
      'line 7: is not a key of the plan; did you mean tolerance?',
    ],
    [
      'a choice that is misspelt',
      'objective: { kind: jiont }',
      'objective.kind',
      'line 4: must be one of target, joint, weighted; is "jiont"; did you mean joint?',
    ],
    [
      'a choice that nothing is like',
      'gate: { policy: 3 }',
      'gate.policy',
      'line 4: must be one of evidence, strict; is 3',
    ],
    [
      'a number below its bound',
      'training: { learningRate: 0 }',
      'training.learningRate',
      'line 4: must be greater than 0, is 0',
    ],
    [
      'a number above its bound',
      'gate: { level: 0.5 }',
      'gate.level',
      'line 4: must be less than 0.5, is 0.5',
    ],
    [
      'a number beyond an inclusive bound',
      'constraints: { allowedFlipRate: 2 }',
      'constraints.allowedFlipRate',
      'line 4: must be at most 1, is 2',
    ],
    [
      'a range that falls',
      'training: { augmentation: { crop: { scale: [1, 0.5] } } }',
      'training.augmentation.crop.scale',
      'line 4: must not fall',
    ],
    [
      'a fraction for a count',
      'training: { steps: 1.5 }',
      'training.steps',
      'line 4: must be a whole number, is 1.5',
    ],
    [
      'a text for a number',
      'training: { steps: many }',
      'training.steps',
      'line 4: must be a number or auto, is a text',
    ],
    [
      'a section without content',
      'training:',
      'training',
      'line 4: must be a mapping, is a key without a value',
    ],
    [
      'a label without text',
      'protected: [{ class: }]',
      'protected[0].class',
      'line 4: must be a text, is a key without a value',
    ],
    ['a list for a mapping', 'gate: [1]', 'gate', 'line 4: must be a mapping, is a list'],
    ['an empty list', 'protected: []', 'protected', 'line 4: must have at least 1 entry'],
    [
      'a protected task that is a list',
      'protected: [[1]]',
      'protected[0]',
      'line 4: must be a label, or a mapping with class, is a list',
    ],
    [
      'a protected task without images',
      'protected: [{ tolerance: 0.1 }]',
      'protected[0]',
      'line 4: says of no image that it is its own: it needs class, classes, space, each, where, corruptions or attack',
    ],
    [
      'a protected task with images of two kinds',
      'protected: [{ class: clear, classes: [rainy] }]',
      'protected[0]',
      'line 4: has class and classes: keep one',
    ],
    [
      'a label twice in a task',
      'protected: [{ classes: [clear, clear] }]',
      'protected[0]',
      'line 4: names clear twice',
    ],
    [
      'the target among the labels of a slice',
      'protected: [{ classes: [clear, foggy], where: { time: night } }]',
      'protected[0]',
      'line 4: foggy is the target: it cannot be protected from it',
    ],
    [
      'a condition on a column that has a meaning',
      'protected: [{ where: { Label: clear } }]',
      'protected[0]',
      'line 4: has a condition on the column Label, which has a meaning of its own: conditions are about other columns, labels are named by class or classes',
    ],
    [
      'a condition that says nothing',
      'protected: [{ where: {} }]',
      'protected[0].where',
      'line 4: names no column',
    ],
    [
      'a condition of a wrong kind',
      'protected: [{ where: { time: { is: night } } }]',
      'protected[0].where.time',
      'line 4: must be a text, or a list of texts, is a mapping',
    ],
    [
      'a corruption that is none',
      'protected: [{ class: clear, corruptions: [fogg] }]',
      'protected[0].corruptions[0]',
      'line 4: must be one of gaussianNoise, shotNoise, impulseNoise, gaussianBlur, defocusBlur, fog, brightness, contrast, pixelate, motionBlur, snow, zoomBlur, glassBlur, elasticTransform; is "fogg"; did you mean fog?',
    ],
    [
      'an attack of another size',
      'protected: [{ class: clear, constrain: false, attack: { pgd: { epsilon: 2/256 } } }]',
      'protected[0].attack.pgd.epsilon',
      'line 4: is a number in [0, 1], or such as 1/255',
    ],
    [
      'an attack of too many steps',
      'protected: [{ class: clear, constrain: false, attack: { pgd: { epsilon: 1/255, steps: 51 } } }]',
      'protected[0].attack.pgd.steps',
      'line 4: must be at most 50, is 51',
    ],
    [
      'an attack that moves nothing',
      'protected: [clear, { class: clear, constrain: false, attack: { pgd: { epsilon: 0.1, stepSize: 0 } } }]',
      'protected[1]',
      'line 4: has an attack with stepSize 0, which moves no pixel: give it a size, or leave it out',
    ],
    [
      'an attack of corrupted images',
      'protected: [clear, { corruptions: [fog], constrain: false, attack: { pgd: { epsilon: 1/255 } } }]',
      'protected[1]',
      'line 4: has an attack and corruptions: make it a task for each, an attack is of images as they are',
    ],
    [
      'a ceiling under attack',
      'protected: [clear, { class: clear, ceiling: true, constrain: false, attack: { pgd: { epsilon: 1/255 } } }]',
      'protected[1]',
      'line 4: is a ceiling under attack, which any model meets that an attack harms more: leave out one of them',
    ],
    [
      'an attack where features stand in for pixels',
      'protected: [clear, { attack: { pgd: { epsilon: 1/255 } } }]\ntraining: { scope: projections }',
      'training.scope',
      'line 5: is projections, whose features stand in for the pixels that an attack of a protected task changes; choose the scope adapters or full, or leave the attack out',
    ],
    [
      'a severity that is none',
      'protected: [{ class: clear, corruptions: [fog], severity: 6 }]',
      'protected[0].severity',
      'line 4: must be at most 5, is 6',
    ],
    [
      'a severity of nothing',
      'protected: [{ class: clear, severity: 2 }]',
      'protected[0]',
      'line 4: has a severity, but no corruptions that it could be of: name some, such as corruptions: [fog]',
    ],
    [
      'a corruption twice in a task',
      'protected: [{ class: clear, corruptions: [fog, contrast, fog] }]',
      'protected[0]',
      'line 4: names the corruption fog twice',
    ],
    [
      'the same corruption of the same label in two tasks',
      'protected: [{ class: clear, corruptions: [fog] }, { class: clear, corruptions: [fog] }]',
      'protected[1]',
      'line 4: another protected task is called clear, fog 3 already',
    ],
    [
      'the target under a corruption',
      'protected: [{ class: foggy, corruptions: [contrast] }]',
      'protected[0]',
      'line 4: foggy is the target: it cannot be protected from it',
    ],
    [
      'tasks that are all only judged',
      'protected: [{ class: clear, constrain: false }]',
      'protected',
      'line 4: are only judged (constrain: false, or trainingImages: 0 of their label space), every one: training needs one to be held to; take that away where there are images to train on',
    ],
    [
      'nothing but ceilings',
      'protected: [{ class: clear, ceiling: true }]',
      'protected',
      'line 4: are ceilings, as far as training is held to them: name at least one class that must not get worse beside them',
    ],
    [
      'a ceiling twice',
      'protected: [clear, { class: clear, ceiling: true }, { class: clear, ceiling: true, name: again }]',
      'protected[2]',
      'line 4: clear is a ceiling twice',
    ],
    [
      'a ceiling that a weight would push on without end',
      'protected: [clear, { class: clear, ceiling: true }]\nconstraints: { penalty: fixed }',
      'constraints.penalty',
      'line 5: fixed, with the drive loss, pushes clear (ceiling) on where it did not grow, too: take another penalty, or the drive accuracy, flips or measured',
    ],
    [
      'a label space that is none',
      'protected: [{ each: objects }]',
      'protected[0]',
      'line 4: is about objects, which is no label space of the plan: spaces has none',
    ],
    [
      'one name for many tasks',
      'protected: [{ each: time, name: a }]\nspaces: { time: { classes: [day, night] } }',
      'protected[0]',
      'line 4: has a name, but is a task for each label of time: leave the name out',
    ],
    [
      'a label space of nothing',
      'spaces: { time: {} }',
      'spaces.time',
      "line 4: needs either classes, labels of the plan's data, or data of its own",
    ],
    [
      'a label space with the target',
      'spaces: { time: { classes: [day, foggy] } }',
      'spaces.time',
      "line 4: has the target foggy: its label space is the plan's own, of all labels that no other has",
    ],
    [
      'a label in two spaces',
      'spaces:\n  time: { classes: [day, night] }\n  light: { classes: [dark, night] }',
      'spaces.light',
      'line 6: has night, and so has time: a label is in one',
    ],
    [
      'a label space whose name is a path',
      'spaces: { "a/b": { classes: [day, night] } }',
      'spaces["a/b"]',
      'line 4: is no name of a label space: it has no slash, and no white space at its ends',
    ],
    [
      "constraints of one's own among several label spaces",
      'spaces: { time: { classes: [day, night] } }\nconstraints: { modules: [{ module: a.mjs }] }',
      'constraints.modules',
      'line 5: see one label space, and the plan has several: leave spaces or modules out',
    ],
    [
      'a template without a place',
      'prompts: { templates: [a photo] }',
      'prompts.templates[0]',
      'line 4: needs {} where the class name goes',
    ],
    [
      'flyp with constraints',
      'method: flyp\nconstraints: { penalty: hinge }',
      'constraints',
      'line 5: method flyp has no constraints; leave it out, or use method: retain',
    ],
    [
      'flyp with the target objective',
      'method: flyp\nobjective: { kind: target }',
      'objective.kind',
      'line 5: method flyp contrasts all pairs of a step (joint, weighted); leave it out, or use method: retain',
    ],
    [
      'a share of protected pairs that nothing reads',
      'objective: { protectedShare: 0.5 }',
      'objective.protectedShare',
      'line 4: belongs to objective.kind: weighted; the kind is joint',
    ],
    [
      'protected pairs that have no other',
      'objective: { kind: weighted }\ntraining: { tasksPerStep: 1, examplesPerTask: 1 }',
      'training.tasksPerStep',
      'line 5: may draw fewer than two protected examples a step, and objective.kind: weighted contrasts them with one another: raise it, or examplesPerTask',
    ],
    [
      'steps that may draw ceilings alone',
      'objective: { kind: weighted }\ntraining: { tasksPerStep: 1 }\nprotected: [clear, { class: plate, ceiling: true }]',
      'training.tasksPerStep',
      'line 5: may draw fewer than two protected examples a step beside ceilings, and objective.kind: weighted contrasts them with one another: raise it, or examplesPerTask',
    ],
    [
      'the only protected example of a step',
      'objective: { kind: weighted }\ntraining: { examplesPerTask: 1 }\nprotected: [clear, { class: plate, ceiling: true }]',
      'training.examplesPerTask',
      'line 5: may draw fewer than two protected examples a step beside ceilings, and objective.kind: weighted contrasts them with one another: raise it, name more protected tasks',
    ],
    [
      'captions that have two embeddings',
      'objective: { excludeSameCaption: true }\nheads: { enabled: true, negatives: shared }',
      'objective.excludeSameCaption',
      'line 4: tells captions apart by their embeddings, and heads.negatives: shared gives one caption two: leave out one of them',
    ],
    [
      'answers that nothing trains',
      'distillation: { unlabelled: { images: pool, texts: texts.txt } }\ntraining: { scope: heads }\nheads: { enabled: true }',
      'distillation.unlabelled',
      'line 4: moves nothing that training.scope: heads trains: texts of no class have no head; leave it out, or choose another scope',
    ],
    [
      'measured weights of directions',
      'constraints: { drive: measured, combine: projectionByTask }',
      'constraints.combine',
      'line 4: is projectionByTask, which holds directions, whatever their weights; the drive measured moves nothing but weights: take sum or projection, or another drive',
    ],
    [
      'a projection by nothing',
      'constraints: { penalty: none, combine: projection }',
      'constraints.combine',
      'line 4: is projection, but penalty: none has no gradient to project by; fixed weighs every task alike',
    ],
    [
      'answers compared under attack',
      'distillation: { examples: all }\nprotected: [{ class: clear, attack: { pgd: { epsilon: 1/255 } } }]',
      'distillation',
      'line 4: compares both models\' answers on the same images, but in "clear, pgd 1/255 in 10 steps of 0.25/255" each is attacked by itself: give it constrain: false, or distil on unlabelled images',
    ],
    [
      'flyp with heads',
      'method: flyp\nheads: { enabled: true }',
      'heads.enabled',
      'line 5: method flyp has no task-dependent heads; leave it out, or use method: retain',
    ],
    [
      'a target that is protected',
      'protected: [clear, foggy]',
      'protected[1]',
      'line 4: foggy is the target: it cannot be protected from it',
    ],
    [
      'a task that is protected twice',
      'protected: [clear, { class: clear }]',
      'protected[1]',
      'line 4: clear is protected twice',
    ],
    [
      'two tasks of one name',
      'protected: [clear, { class: rainy, name: clear }]',
      'protected[1]',
      'line 4: another protected task is called clear already',
    ],
    [
      'more tasks a step than there are',
      'protected: [clear]\ntraining: { tasksPerStep: 2 }',
      'training.tasksPerStep',
      'line 5: is 2, more than the protected tasks (1)',
    ],
    [
      'multipliers out of order',
      'constraints: { multipliers: { minimum: 2 } }',
      'constraints.multipliers',
      'line 4: initial must lie between minimum and maximum; they are 2, 1, 20',
    ],
    [
      'heads that train where there are none',
      'training: { scope: heads }',
      'training.scope',
      'line 4: heads needs heads.enabled: true; without them nothing trains',
    ],
    [
      'adapters of another scope',
      'training: { adapters: { rank: 4 } }',
      'training.adapters',
      'line 4: belongs to training.scope: adapters; the scope is full',
    ],
    [
      'augmented images of which only features train',
      'training: { scope: projections, augmentation: { flip: true } }',
      'training.augmentation',
      'line 4: the scope projections trains on features of plain images, computed once; leave it out, or choose the scope adapters or full',
    ],
    [
      'right answers of images that have no labels',
      'distillation: { examples: right, unlabelled: { images: pool, texts: texts.txt } }',
      'distillation.examples',
      'line 4: is "right", but of images without labels nobody knows which the old model gets right; leave it out',
    ],
    [
      'groups of no folder',
      'distillation: { unlabelled: { groups: drives.csv } }',
      'distillation.unlabelled.groups',
      'line 4: is about the images of a folder: name it, or leave this out',
    ],
    [
      'augmented constraints on features',
      'training: { scope: projections }\nconstraints: { augmentation: paired }',
      'constraints.augmentation',
      'line 5: the scope projections trains on features of plain images, computed once; leave it out, or choose the scope adapters or full',
    ],
  ])('names %s', (_, lines, field, description) => {
    expect(faultOf(`${minimal}${lines}\n`).violations).toEqual([{ field, description }]);
  });

  it.each<[string, string, string, string]>([
    [
      'a target twice',
      'target: { class: [foggy, rainy, foggy] }',
      'target.class[2]',
      'line 3: foggy is named twice',
    ],
    ['no target', 'target: { class: [] }', 'target.class', 'line 3: must have at least 1 entry'],
    [
      'a mapping',
      'target: { class: { is: foggy } }',
      'target.class',
      'line 3: must be a text, or a list of texts, is a mapping',
    ],
    [
      'one of several targets as protected',
      'target: { class: [foggy, rainy] }\nprotected: [clear, rainy]',
      'protected[1]',
      'line 4: rainy is a target: it cannot be protected from it',
    ],
    [
      'one of several targets as a negative',
      'target: { class: [foggy, rainy], negatives: [foggy] }',
      'target.negatives[0]',
      'line 3: foggy is a target: it cannot be its own negative',
    ],
    [
      'several targets under an objective of one',
      'target: { class: [foggy, rainy] }\nobjective: { kind: target }',
      'objective.kind',
      'line 4: is target, which contrasts no target with another, and the plan has 2: take joint',
    ],
    [
      'more targets than a step shows',
      'target: { class: [foggy, rainy] }\ntraining: { targetBatch: 3 }',
      'training.targetBatch',
      'line 4: is 3, half of which shows targets, and the plan has 2: raise it to 4 at the least',
    ],
  ])('names %s among several targets', (_, lines, field, description) => {
    const [model, data] = minimal.split('\n');
    const { violations } = faultOf(`${model}\n${data}\n${lines}\n`);
    expect(violations).toEqual([{ field, description }]);
  });

  it('names negatives that are the target or come twice', () => {
    const yaml = minimal.replace('foggy }', 'foggy, negatives: [foggy, clear, clear] }');
    expect(faultOf(yaml).violations.map(({ field }) => field)).toEqual([
      'target.negatives[0]',
      'target.negatives[2]',
    ]);
  });

  it('names shares that leave nothing to train on', () => {
    const yaml = minimal.replace('images }', 'images, split: { steering: 0.5, validation: 0.5 } }');
    expect(faultOf(yaml).violations).toEqual([
      {
        field: 'data.split',
        description:
          'line 2: steering + validation is 1: it must be below 1, so that groups are left to train on',
      },
    ]);
  });

  it('reads archives by name, as a list, and by split', () => {
    const read = (archives: string) =>
      parsePlan(minimal.replace('images }', `images, archives: ${archives} }`), 'plan.yaml').data;
    expect(read('"*.tar"').archives).toBe('*.tar');
    expect(read('[a.tar, b.parquet], columns: { label: species }')).toMatchObject({
      archives: ['a.tar', 'b.parquet'],
      columns: { label: 'species' },
    });
    expect(read('{ train: a.tar, test: [b.tar] }').archives).toEqual({
      train: 'a.tar',
      test: ['b.tar'],
    });
  });

  it.each([
    ['columns: { label: a }', 'data.columns', /data.archives names none/],
    ['archives: { train: a.tar }, manifest: m.csv', 'data.archives', /name them in one list/],
    ['archives: { val: a.tar }, columns: { split: s }', 'data.columns.split', /says the split/],
    ['archives: {}', 'data.archives', /./],
    ['archives: []', 'data.archives', /./],
    ['archives: a.tar, columns: { image: "" }', 'data.columns.image', /./],
  ])('refuses archives that nobody can understand: %s', (text, field, description) => {
    const fault = faultOf(minimal.replace('images }', `images, ${text} }`));
    expect(fault.violations).toMatchObject([
      { field, description: expect.stringMatching(description) },
    ]);
  });

  it('names every problem at once: YAML, keys, values and contradictions', () => {
    const fault = faultOf(`data: { root: images }
target: { class: foggy }
seed: 1
seed: 2
methd: flyp
training:
  steps: -1
protected: [foggy]
`);
    expect(fault.kind).toBe('invalid');
    expect(fault.violations).toEqual([
      { field: '', description: 'line 4: this key was given before' },
      { field: 'model', description: 'line 1: is required' },
      { field: 'training.steps', description: 'line 7: must be greater than 0, is -1' },
      { field: 'methd', description: 'line 5: is not a key of the plan; did you mean method?' },
      {
        field: 'protected[0]',
        description: expect.stringContaining('line 8: foggy is the target'),
      },
    ]);
    expect(fault.message).toBe(`plan.yaml:
  line 4: this key was given before
  line 1: model is required
  line 7: training.steps must be greater than 0, is -1
  line 5: methd is not a key of the plan; did you mean method?
  line 8: protected[0] foggy is the target: it cannot be protected from it`);
  });

  it('gives the line of YAML that cannot be read', () => {
    const fault = faultOf(`${minimal}gate: { level: 0.05\nseed: 1\n`);
    expect(fault.violations[0]?.description).toMatch(/^line [45]: /);
    expect(fault.message).toMatch(/^plan\.yaml/);
  });

  it('cuts the list of a plan where nothing is right, in the message only', () => {
    const keys = Array.from({ length: 30 }, (_, i) => `zzzzzzz${i}: 1`).join('\n');
    const fault = faultOf(`${minimal}${keys}\n`);
    expect(fault.violations).toHaveLength(30);
    expect(fault.message).toMatch(/and 10 more$/);
  });

  it.each([
    ['nothing', '', 'the plan is empty'],
    ['a comment', '# later\n', 'the plan is empty'],
    ['a study', 'plan: a.yaml\nmethods: { a: {} }\nseeds: [0]\n', 'the command study runs it'],
    ['a word', 'hello\n', 'must be a mapping, is a text'],
    ['a list', '- a\n', 'must be a mapping, is a list'],
    ['two documents', `${minimal}---\n${minimal}`, 'line'],
    ['a tag of code', `${minimal}seed: !!js/function 'x'\n`, 'tag'],
    ['more than its limit', `# ${'x'.repeat(planMaxBytes)}`, 'larger than 256 KiB'],
    ['deep nesting', `model: ${'['.repeat(60_000)}`, 'nested too deeply'],
    ['deep lists', `model:\n  ${'- '.repeat(60_000)}`, 'nested too deeply'],
    ['aliases that multiply', billionLaughs(), 'repeats itself too often'],
  ])('refuses %s', (_, yaml, message) => {
    const fault = faultOf(yaml);
    expect(fault).toMatchObject({ name: 'Fault', kind: 'invalid' });
    expect(fault.message).toContain(message);
  });
});

function billionLaughs(): string {
  const levels = Array.from({ length: 9 }, (_, i) => {
    const items = Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ');
    return `a${i}: &a${i} [${items}]`;
  });
  return `${levels.join('\n')}\n`;
}

describe('formatPlan', () => {
  it.each([
    ['defaults', ''],
    ['flyp', 'method: flyp\n'],
    ['a short run', 'training: { steps: 3 }\nprotected: [a, { class: b, name: "no. 5" }]\n'],
  ])('gives a plan that reads as the same plan: %s', (_, lines) => {
    const plan = parsePlan(`${minimal}${lines}`, 'plan.yaml');
    const text = formatPlan(plan);
    expect(parsePlan(text, 'again.yaml')).toEqual(plan);
    expect(text).toContain('gradientNormMax: 0');
  });
});

describe("an objective or constraint of the user's own", () => {
  const problemsOf = (yaml: string) =>
    faultOf(`${minimal}${yaml}`).violations.map(({ field, description }) =>
      `${field} ${description}`.replace(/line \d+: /, ''),
    );

  it('is a file with options beside what is built in', () => {
    const plan = parsePlan(
      `${minimal}objective: { module: ./mine.ts, options: { gamma: 2, on: true } }
constraints: { modules: [{ module: a/focal.mjs, tasks: [clear] }, { module: a/focal.mjs, name: hard, requiredSlack: 0.1 }] }
`,
      'plan.yaml',
    );
    const part = { options: {}, timeLimitSeconds: undefined, tasks: undefined, requiredSlack: 0 };
    const focal = { ...part, kind: 'constraint', path: 'a/focal.mjs' };
    expect(listModules(plan)).toEqual([
      {
        ...part,
        kind: 'objective',
        field: 'objective.module',
        path: './mine.ts',
        name: 'mine.ts',
        options: { gamma: 2, on: true },
      },
      {
        ...focal,
        field: 'constraints.modules[0].module',
        name: 'focal.mjs',
        tasks: ['clear'],
      },
      { ...focal, field: 'constraints.modules[1].module', name: 'hard', requiredSlack: 0.1 },
    ]);
    expect(parsePlan(formatPlan(plan), 'plan.yaml')).toEqual(plan);
  });

  it.each([
    ['objective: { module: a.mjs, kind: joint }', /^objective.kind is of a built-in objective/],
    ['objective: { module: a.mjs, excludeSameCaption: true }', /^objective.excludeSameCaption is/],
    ['objective: { options: {} }', /^objective.options belongs to objective.module$/],
    ['{ method: flyp, objective: { module: a.mjs } }', /^objective.module method flyp has its own/],
    ['constraints: { penalty: none, modules: [{ module: a.mjs }] }', /modules weigh nothing under/],
    ['constraints: { drive: measured, modules: [{ module: a.mjs }] }', /cannot follow measured/],
    [
      'constraints: { modules: [{ module: a/x.mjs }, { module: b/x.mjs }] }',
      /called x.mjs already/,
    ],
    ['constraints: { modules: [{ module: a.mjs, timeLimitSeconds: 181 }] }', /at most 180/],
    ['constraints: { module: a.mjs }', /did you mean modules\?/],
  ])('refuses %s', (yaml, problem) => {
    const flat = yaml.startsWith('{') ? yaml.slice(1, -1).replace(', o', '\no').trim() : yaml;
    expect(problemsOf(`${flat}\n`)).toEqual([expect.stringMatching(problem)]);
  });
});
