import { describe, expect, it } from 'vitest';
import { formatFieldPath, parseFieldPath } from './field-path.js';
import { locateViolations, planLocation } from './plan-location.js';

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

  it('puts lines before findings that name a field and have none', () => {
    expect(
      locateViolations(yaml, [
        { field: 'protected[0]', description: 'no images have the label a' },
        { field: 'model', description: 'line 9: is odd' },
        { field: '', description: 'the data are empty' },
      ]),
    ).toEqual([
      { field: 'protected[0]', description: 'line 8: no images have the label a' },
      { field: 'model', description: 'line 9: is odd' },
      { field: '', description: 'the data are empty' },
    ]);
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
