import { parsePlan } from '@holdfast/plan';
import { describe, expect, it } from 'vitest';
import { listCells } from './list-cells.js';
import { parseStudy } from './parse-study.js';

const planYaml = `model: model # the base
data: { root: images }
target: { class: 007 }
training: { steps: 4, augmentation: { shift: 0, flip: true } }
gate: { tolerance: 0.1 }
`;

function list(methods: string, rest = '', text = planYaml, between = '') {
  const studyYaml = `plan: plan.yaml\nmethods: ${methods}\nseeds: [3, 5]\nconclude: { measure: targetGain, margin: 0, between: [${between}] }\n${rest}`;
  const base = { text, plan: parsePlan(text, 'plan.yaml') };
  const study = parseStudy(studyYaml, 'study.yaml');
  return listCells({ study, name: 'study.yaml', base, folder: '/studies/one' });
}

describe('listCells', () => {
  it('goes seed by seed, and gives each run a folder and a ledger of its own', () => {
    const cells = list('{ a: {}, b: {} }');
    expect(cells.map(({ name }) => name)).toEqual(['a-seed-3', 'b-seed-3', 'a-seed-5', 'b-seed-5']);
    expect(cells[1]).toMatchObject({ path: '/studies/one/runs/b-seed-3', target: '007' });
    const plans = cells.map((cell) => parsePlan(cell.planYaml, cell.name));
    expect(plans.map(({ seed }) => seed)).toEqual([3, 3, 5, 5]);
    expect(new Set(plans.map(({ gate }) => gate.ledger)).size).toBe(4);
    expect(plans[0]!.gate.tolerance).toBe(0.1);
  });

  it('changes what a method names, in mappings inside mappings too, and nothing else', () => {
    const [cell] = list('{ a: { training: { augmentation: { shift: 0.25 } } } }');
    const plan = parsePlan(cell!.planYaml, 'a');
    expect(plan.training).toMatchObject({ steps: 4, augmentation: { shift: 0.25, flip: true } });
    expect(cell!.planYaml).toContain('# the base');
    expect(plan.target.class).toBe('007');
  });

  it('refuses flyp over constraints, and takes what trains as it does', () => {
    const held = `${planYaml}constraints: { penalty: fixed, combine: projection, drive: flips }\n`;
    expect(() => list('{ a: { method: flyp } }', '', held)).toThrow(
      'study.yaml: method a: constraints method flyp has no constraints',
    );
    const patch =
      '{ constraints: { penalty: none, combine: sum, drive: loss }, distillation: { weight: 0 } }';
    const [cell] = list(`{ a: ${patch} }`, '', held);
    const { constraints, distillation } = parsePlan(cell!.planYaml, 'a');
    expect(constraints).toMatchObject({ penalty: 'none', combine: 'sum', drive: 'loss' });
    expect(distillation).toMatchObject({ weight: 0 });
    expect(distillation!.unlabelled).toBeUndefined();
  });

  it('takes away what a patch has null for', () => {
    const held = `${planYaml}# what holds\nconstraints: { penalty: fixed, drive: flips }\nselection: { everySteps: 2, margin: -1 }\n`;
    const [method] = list(
      '{ a: { method: flyp, constraints: null, selection: { margin: ~ } } }',
      '',
      held,
    );
    expect(method!.planYaml).not.toMatch(/constraints|what holds|margin/);
    expect(parsePlan(method!.planYaml, 'a')).toMatchObject({
      method: 'flyp',
      selection: { everySteps: 2 },
    });
    const variants =
      'variants: { few: { data: { root: null, manifest: m.csv }, selection: null } }\n';
    const [variant] = list('{ a: }', variants, held);
    expect(variant!.planYaml).toContain('data: { manifest: m.csv }');
    expect(variant!.planYaml).not.toContain('selection');
  });

  it('improves each target in turn', () => {
    const cells = list('{ a: {} }', 'targets: [stop, 08]\n');
    expect(cells.map(({ name, target }) => [name, target])).toEqual([
      ['target-1-a-seed-3', 'stop'],
      ['target-1-a-seed-5', 'stop'],
      ['target-2-a-seed-3', '08'],
      ['target-2-a-seed-5', '08'],
    ]);
  });

  it('calls several targets of the plan by all their names, and improves one alone where it lists some', () => {
    const several = planYaml.replace('class: 007', 'class: [007, stop]');
    expect(list('{ a: {} }', '', several)[0]!.target).toBe('007, stop');
    const [one] = list('{ a: {} }', 'targets: [halt]\n', several);
    expect(parsePlan(one!.planYaml, 'a').target.class).toBe('halt');
  });

  it('refuses to compare variants that improve other targets', () => {
    const variants = 'variants: { 20: {}, 100: { target: { class: stop } } }\n';
    const between = '{ method: a, variants: [20, 100] }';
    expect(() => list('{ a: {} }', variants, planYaml, between)).toThrow(
      'study.yaml: conclude.between.0: 20 and 100 improve 007 and stop, and are compared within a target',
    );
    const same = variants.replace('class: stop', 'class: 007');
    expect(list('{ a: {} }', same, planYaml, between)).toHaveLength(4);
  });

  it('runs every method under each variant, and says where methods are compared', () => {
    const variants =
      'variants: { all: {}, few: { data: { trainingImages: 20 }, training: { steps: 7 } } }\n';
    const cells = list('{ a: {}, b: { training: { examplesPerTask: 3 } } }', variants);
    expect(cells.map(({ name, setting }) => [name, setting])).toEqual(
      ['all', 'few'].flatMap((variant) =>
        ['a-seed-3', 'b-seed-3', 'a-seed-5', 'b-seed-5'].map((name) => [
          `${variant}.${name}`,
          variant,
        ]),
      ),
    );
    const plan = parsePlan(cells[5]!.planYaml, 'b');
    expect(plan.data).toMatchObject({ root: 'images', trainingImages: 20 });
    expect(plan.training).toMatchObject({ steps: 7, examplesPerTask: 3 });
    const both = list('{ a: {} }', `${variants}targets: [stop, go]\n`);
    expect(both.map(({ name }) => name)).toContain('target-2-few.a-seed-5');
    expect(both.at(-1)).toMatchObject({ setting: 'go, few', target: 'go', variant: 'few' });
  });

  it.each([
    [
      '{ a: { training: { steps: 3 } } }',
      '{ few: { training: { steps: 7 } } }',
      /method a, variant few: both change training\.steps, /,
    ],
    ['{ a: {} }', '{ few: { seed: 3 } }', /variant few: seed is the study's/],
    ['{ a: {} }', '{ few: { gate: 5 } }', /method a, variant few: gate /],
    ['{ a: {} }', '{ few: { gate: } }', /method a, variant few: gate /],
    ['{ a: {} }', '{ few: { data: { roots: x } } }', /method a, variant few: data\.roots /],
    ['{ a: {} }', '{ few: { seed: null } }', /variant few: seed is the study's/],
    ['{ a: {} }', '{ few: { gate: null } }', /variant few: gate\.ledger is the study's/],
    ['{ a: {} }', '{ few: { model: null } }', /method a, variant few: model is required/],
    ['{ a: {} }', '{ few: { target: null } }', /method a, variant few: target is required/],
    ['{ a: { training: { steps: 3 } } }', '{ few: { training: null } }', /both change training, /],
  ])('refuses methods %s with variants %s', (methods, variants, message) => {
    expect(() => list(methods, `variants: ${variants}\n`)).toThrow(message);
  });

  it.each([
    ['{ a: {}, b: { trainig: { steps: 3 } } }', /^study\.yaml: method b: trainig .*training/],
    ['{ a: { training: { steps: -1 } } }', /^study\.yaml: method a: training\.steps /],
    ['{ a: { seed: 3 } }', /method a: seed is the study's/],
    ['{ a: { gate: { ledger: x } } }', /method a: gate\.ledger is the study's/],
    ['{ a: { gate: { tolerance: 0.9 } } }', /method a: gate says what is judged/],
    ['{ a: { data: { trainingImages: 3 } } }', /method a: data says what is judged/],
    ['{ a: { protected: [stop] } }', /method a: protected says what is judged/],
    ['{ a: { target: { class: stop } } }', /method a: target\.class says what is judged/],
    ['{ a: { prompts: { templates: ["{}"] } } }', /method a: prompts says what is judged/],
    ['{ a: { model: null } }', /method a: model says what is judged/],
    ['{ a: { target: null } }', /method a: target\.class says what is judged/],
    ['{ a: { trainig: null } }', /^study\.yaml: method a: trainig is null, which takes a field/],
    ['{ a: { training: { step: ~ } } }', /method a: training\.step is null, .* plan has none/],
    ['{ a: { training: 5 } }', /^study\.yaml: method a: training/],
  ])('refuses %s in the words of the plan, and says whose it is', (methods, message) => {
    expect(() => list(methods)).toThrow(message);
    expect(() => list(methods)).not.toThrow(/line \d/);
  });
});
