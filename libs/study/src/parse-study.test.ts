import { describe, expect, it } from 'vitest';
import { parseStudy } from './parse-study.js';

const study = `plan: plan.yaml
methods: { retain: {}, flyp: { method: flyp } }
seeds: [0, 1]
conclude: { measure: targetGain, margin: 0.02 }
`;

describe('parseStudy', () => {
  it('compares the first method on validation images unless told otherwise', () => {
    const { conclude, methods } = parseStudy(study, 'study.yaml');
    expect(conclude).toMatchObject({ method: 'retain', images: 'validation', level: 0.05 });
    expect([...methods]).toEqual([
      ['retain', {}],
      ['flyp', { method: 'flyp' }],
    ]);
  });

  it('keeps texts as they are written', () => {
    const { methods, targets } = parseStudy(
      study.replace('retain: {}', 'retain: { target: { class: 007 } }').concat('targets: [010]\n'),
      'study.yaml',
    );
    expect(methods.get('retain')).toEqual({ target: { class: '007' } });
    expect(targets).toEqual(['010']);
  });

  it.each([
    ['', 'must be a mapping; its fields are plan, methods, seeds and conclude'],
    ['plan: [', 'is not YAML'],
    [study.replace('seeds', 'seed'), 'did you mean seeds?'],
    [study.replace('seeds: [0, 1]', 'seeds: [1, 1]'), 'has a seed twice'],
    [study.replace('seeds: [0, 1]', 'seeds: []'), 'seeds'],
    [study.replace('margin: 0.02', 'margins: 0.02'), 'conclude.margin'],
    [study.replace('targetGain', 'gain'), 'conclude.measure must be one of targetGain'],
    [study.replace('flyp:', 'FLYP!:'), 'must be 1 to 40 of a-z, 0-9 and "-"'],
    [study.replace('margin: 0.02', 'margin: 0.02, method: flip'), 'did you mean flyp?'],
    [study.replace('targetGain', 'negativeFlips, images: test'), 'is not known of test images'],
    [study.replace('{ method: flyp }', '3'), 'methods.flyp must be a mapping of fields of a plan'],
    [`${study}targets: [[stop]]\n`, 'targets.0 must be a label'],
  ])('refuses %j', (text, message) => {
    const parse = () => parseStudy(text, 'studies/signs.yaml');
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^studies\/signs\.yaml:/);
  });

  it('refuses more runs than it can keep track of', () => {
    const seeds = Array.from({ length: 501 }, (_, i) => i);
    const many = study.replace('[0, 1]', `[${seeds}]`);
    expect(() => parseStudy(many, 'study.yaml')).toThrow('asks for 1002 runs; a study has at most');
  });
});
