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

  it('has methods in the order of its file, whatever their names', () => {
    const text = study.replace('retain: {}, flyp', 'b: {}, 2: {}, 1: {}, flyp');
    expect([...parseStudy(text, 's.yaml').methods.keys()]).toEqual(['b', '2', '1', 'flyp']);
    const named = text.replace('margin: 0.02', 'margin: 0.02, method: 2');
    expect(parseStudy(named, 's.yaml').conclude.method).toBe('2');
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
    [`${study}variants: {}\n`, 'variants: must name at least one variant'],
    [`${study}variants: { few: 3 }\n`, 'variants.few must be a mapping of fields of a plan'],
    [`${study}targets: [caf\u00e9, cafe\u0301]\n`, 'targets has a target twice'],
    [`${study}targets: [[stop]]\n`, 'targets.0 must be a label'],
  ])('refuses %j', (text, message) => {
    const parse = () => parseStudy(text, 'studies/signs.yaml');
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^studies\/signs\.yaml:/);
  });

  it('says that a plan is one, and nothing of its fields', () => {
    const plan = 'model: clip\ndata: { root: images }\ntarget: { class: stop }\nseed: 1\n';
    expect(() => parseStudy(plan, 'plan.yaml')).toThrow(
      /^plan\.yaml: is a plan; a study names one under plan, and methods, seeds and conclude$/,
    );
  });

  const aimed = (text: string) => study.replace('margin: 0.02', `margin: 0.02, aim: { ${text} }`);

  it('has all runs of a method reach an aim unless it says how many', () => {
    const aim = (text: string) => parseStudy(aimed(text), 's.yaml').conclude.aim;
    expect(aim('targetGain: 0.4')).toEqual({ targetGain: 0.4, runs: 2 });
    expect(aim('devSafetyAccuracy: -0.03, runs: 1')).toEqual({ devSafetyAccuracy: -0.03, runs: 1 });
    expect(parseStudy(study, 's.yaml').conclude.aim).toBeUndefined();
  });

  it.each([
    ['runs: 1', 'conclude.aim: must name at least one of targetGain, releasedGain'],
    ['targetGains: 0.4', 'conclude.aim.targetGains is not known; did you mean targetGain?'],
    ['targetGain: 40', 'conclude.aim.targetGain'],
    ['negativeFlips: -0.02', 'conclude.aim.negativeFlips is a share, of 0 or more'],
    ['targetGain: 0.4, runs: 3', 'conclude.aim.runs is 3; with 2 seeds a method has 2'],
    [
      'negativeFlips: 0.1 }, images: test, between: [',
      'measure negativeFlips is not known of test',
    ],
  ])('refuses the aim %j', (text, message) => {
    const written = text.includes('[') ? aimed(text).replace('[ }', '[]') : aimed(text);
    expect(() => parseStudy(written, 's.yaml')).toThrow(message);
  });

  const between = (text: string, head = study) =>
    `${head.replace('margin: 0.02 }', `margin: 0.02, between: [${text}] }`)}variants: { few:, all: }\n`;

  it('gives a comparison of variants the measure and margin of the study unless it has its own', () => {
    const own = '{ method: flyp, variants: [all, few], measure: devSafetyAccuracy, margin: 0.01 }';
    const text = between(`{ method: retain, variants: [all, few] }, ${own}`);
    expect(parseStudy(text, 's.yaml').conclude.between).toEqual([
      { method: 'retain', variants: ['all', 'few'], measure: 'targetGain', margin: 0.02 },
      { method: 'flyp', variants: ['all', 'few'], measure: 'devSafetyAccuracy', margin: 0.01 },
    ]);
    expect(parseStudy(study, 's.yaml').conclude.between).toEqual([]);
  });

  it.each([
    ['{ method: flip, variants: [all, few] }', 'between.0.method flip is none of the methods; did'],
    ['{ method: flyp, variants: [al, few] }', 'al is none of the variants; did you mean all?'],
    ['{ method: flyp, variants: [few, few] }', 'few is compared with itself; name two'],
    ['{ method: flyp, variants: [few] }', 'conclude.between.0.variants'],
    ['{ method: flyp, variant: [all, few] }', 'variant is not known; did you mean variants?'],
    [
      '{ method: flyp, variants: [all, few] }, { method: flyp, variants: [few, all] }',
      'conclude.between.1 asks what conclude.between.0 asks; keep one',
    ],
  ])('refuses between %j', (text, message) => {
    expect(() => parseStudy(between(text), 's.yaml')).toThrow(message);
  });

  it('refuses between of what the study does not have', () => {
    const text = between('{ method: flyp, variants: [all, few], measure: negativeFlips }');
    const none = text
      .split('\n')
      .filter((line) => !line.startsWith('variants'))
      .join('\n');
    expect(() => parseStudy(none, 's.yaml')).toThrow('between.0.variants: the study has none');
    const test = text.replace('margin: 0.02,', 'margin: 0.02, images: test,');
    expect(() => parseStudy(test, 's.yaml')).toThrow(
      'conclude.between.0.measure negativeFlips is not known of test images',
    );
  });

  it('has null where null is written, and a text where it is quoted or nothing is', () => {
    const patch = '{ a: null, b: ~, c: { d: Null }, e: "null", f: , g: nullify }';
    const { methods } = parseStudy(study.replace('retain: {}', `retain: ${patch}`), 's.yaml');
    const texts = { e: 'null', f: '', g: 'nullify' };
    expect(methods.get('retain')).toEqual({ a: null, b: null, c: { d: null }, ...texts });
  });

  it('takes a variant without a change', () => {
    const text = `${study}variants: { all:, none: null, few: { seed: 007 } }\n`;
    const { variants } = parseStudy(text, 's.yaml');
    expect([...variants!]).toEqual([
      ['all', {}],
      ['none', {}],
      ['few', { seed: '007' }],
    ]);
  });

  it('refuses a level that is too small for so many comparisons, before a run', () => {
    const variants = Array.from({ length: 20 }, (_, i) => `v${i}: {}`);
    const many = (level: number) =>
      `${study.replace('0.02 }', `0.02, level: ${level} }`)}variants: { ${variants.join(', ')} }\n`;
    expect(() => parseStudy(many(3e-5), 'study.yaml')).toThrow(
      'conclude.level is 0.00003, which 20 comparisons share; with so many it must be 0.000040 or more',
    );
    expect(parseStudy(many(0.01), 'study.yaml').conclude.level).toBe(0.01);
  });

  it('refuses more runs than it can keep track of', () => {
    const seeds = Array.from({ length: 501 }, (_, i) => i);
    const many = study.replace('[0, 1]', `[${seeds}]`);
    expect(() => parseStudy(many, 'study.yaml')).toThrow('asks for 1002 runs; a study has at most');
    const varied = `${study.replace('[0, 1]', `[${seeds.slice(1)}]`)}variants: { all: {}, few: {} }\n`;
    expect(() => parseStudy(varied, 'study.yaml')).toThrow('asks for 2000 runs');
  });
});
