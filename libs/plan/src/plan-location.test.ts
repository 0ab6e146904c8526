import { Fault } from '@holdfast/fault';
import { describe, expect, it } from 'vitest';
import { formatFieldPath, parseFieldPath } from './field-path.js';
import { locateFault, planLocation } from './plan-location.js';

const yaml = `# a plan
model: m
prompts:
  classNames:
    "no. 5": five
    80: eighty
protected:
  - a
  - class: b
    tolerance: 0.1
`;

describe('planLocation', () => {
  it.each([
    ['model', 2],
    ['prompts', 3],
    ['prompts.classNames["no. 5"]', 5],
    ['prompts.classNames["80"]', 6],
    ['protected[0]', 8],
    ['protected[1]', 9],
    ['protected[1].tolerance', 10],
    // Not written out: the nearest ancestor that is.
    ['protected[1].name', 9],
    ['prompts.templates[0]', 3],
    ['protected[7]', 7],
    ['gate.level', 1],
    ['', 1],
  ])('finds %s in line %i', (path, line) => {
    expect(planLocation(yaml, path)).toBe(line);
  });

  it('puts lines into a fault about fields of the plan, and leaves the rest as it is', () => {
    const fault = new Fault(
      'invalid',
      `labels do not fit\n  protected[0]: no images have the label a\n  images.csv:7: has no path`,
      {
        violations: [
          { field: 'protected[0]', description: 'no images have the label a' },
          { field: 'images.csv:7', description: 'has no path' },
          { field: 'model', description: 'line 9: is odd' },
          { field: '', description: 'the data are empty' },
        ],
      },
    );
    const located = locateFault(fault, yaml);
    expect(located.message).toBe(
      `labels do not fit\n  protected[0]: line 8: no images have the label a\n  images.csv:7: has no path`,
    );
    expect(located.violations).toEqual([
      { field: 'protected[0]', description: 'line 8: no images have the label a' },
      { field: 'images.csv:7', description: 'has no path' },
      { field: 'model', description: 'line 9: is odd' },
      { field: '', description: 'the data are empty' },
    ]);
    expect(located.cause).toBe(fault);
  });

  it('leaves a fault without fields as it is', () => {
    const fault = new Fault('not-found', 'no such file');
    expect(locateFault(fault, yaml)).toBe(fault);
  });
});

describe('field paths', () => {
  it.each([
    [['a', 'b', 2, 'c']],
    [['prompts', 'classNames', 'a.b["c"] \\ [3]', 'x y']],
    [['protected', 0, 1]],
  ])('%j comes back from its text', (path) => {
    expect(parseFieldPath(formatFieldPath(path))).toEqual(path);
  });

  it('reads what nobody wrote as far as it goes', () => {
    expect(parseFieldPath('a..b[')).toEqual(['a', 'b']);
  });
});
