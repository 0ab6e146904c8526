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

function list(methods: string, rest = '') {
  const text = `plan: plan.yaml\nmethods: ${methods}\nseeds: [3, 5]\nconclude: { measure: targetGain, margin: 0 }\n${rest}`;
  const base = { text: planYaml, plan: parsePlan(planYaml, 'plan.yaml') };
  const study = parseStudy(text, 'study.yaml');
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

  it('improves each target in turn', () => {
    const cells = list('{ a: {} }', 'targets: [stop, 08]\n');
    expect(cells.map(({ name, target }) => [name, target])).toEqual([
      ['target-1-a-seed-3', 'stop'],
      ['target-1-a-seed-5', 'stop'],
      ['target-2-a-seed-3', '08'],
      ['target-2-a-seed-5', '08'],
    ]);
  });

  it.each([
    ['{ a: {}, b: { trainig: { steps: 3 } } }', /^study\.yaml: method b: trainig .*training/],
    ['{ a: { training: { steps: -1 } } }', /^study\.yaml: method a: training\.steps /],
    ['{ a: { seed: 3 } }', /method a: seed is not a method's/],
    ['{ a: { gate: { ledger: x } } }', /method a: gate\.ledger is not a method's/],
  ])('refuses %s in the words of the plan, and says whose it is', (methods, message) => {
    expect(() => list(methods)).toThrow(message);
    expect(() => list(methods)).not.toThrow(/line \d/);
  });
});
