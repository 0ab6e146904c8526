import type { Dataset, Sample } from '@holdfast/dataset';
import type { Plan } from '@holdfast/plan';
import { describe, expect, it } from 'vitest';
import { inOneSpace, protect } from '../test-support/protect.js';
import { findDecidableTolerance, noteThinEvidence } from './note-thin-evidence.js';

/** Validation images of classes, `perGroup` to a group. */
function createData(groups: Readonly<Record<string, number>>, perGroup: number, tolerance: number) {
  const classes = Object.keys(groups);
  const samples = classes.flatMap((label) =>
    Array.from({ length: groups[label]! * perGroup }, (_, i) => ({
      label,
      group: `${label}/${Math.floor(i / perGroup)}`,
      roles: ['validation'],
    })),
  );
  const dataset = { classes, samples: samples as unknown as Sample[] } as unknown as Dataset;
  const protectedTasks = classes.map((label) => protect(label, { tolerance }));
  const spaces = inOneSpace(classes);
  return { dataset, tasks: { classes, spaces, targetIndices: [0], protectedTasks } };
}

const gate = {
  policy: 'evidence',
  level: 0.05,
  tolerance: 0.05,
  candidatesMax: 1,
  judgementsMax: 1,
} as const;

describe('noteThinEvidence', () => {
  it('names a claim that even an unchanged model could not meet, and one that it could', () => {
    const data = createData({ tunnel: 20, fog: 20, snow: 20 }, 10, 0.15);
    const notes = (claims: Plan['gate']['claims']) =>
      noteThinEvidence({ gate: { ...gate, claims } }, data);
    // 1 - 0.05^(1/40) = 7.2 points, 1 - 0.05^(1/60) = 4.9.
    expect(notes({ anyTwo: 0.05, together: 0.05 })).toEqual([
      'the claim about any 2 protected classes: even a model that did not change could not be shown to stay within 5.0 points in the mean; a claim of 0.073 could',
    ]);
    expect(notes({ anyTwo: 0.073, together: 0.05 })).toEqual([]);
  });

  it('asks of a ceiling as many groups as of what must not be lost, and counts it in no claim', () => {
    const { dataset, tasks } = createData({ tunnel: 20, fog: 20, snow: 20 }, 10, 0.1);
    const protectedTasks = tasks.protectedTasks.map((task, i) => ({ ...task, ceiling: i === 2 }));
    const data = { dataset, tasks: { ...tasks, protectedTasks } };
    // 1 - 0.05^(1/20) = 13.9 points.
    const notes = noteThinEvidence({ gate }, data);
    expect(notes.map((note) => note.includes('a gate.tolerance of 0.14'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(noteThinEvidence({ gate: { ...gate, claims: { together: 0.05 } } }, data)[3]).toContain(
      'all 2 protected classes together',
    );
  });

  it.each([
    [13, 10, 0.25, 0],
    // 1 - 0.05^(1/13) = 20.6 points.
    [13, 10, 0.2, 1],
    [58, 2, 0.05, 1],
    [59, 2, 0.05, 0],
  ])('of %d groups of %d and a tolerance of %d: %d notes', (groups, perGroup, tolerance, count) => {
    const data = createData({ tunnel: groups }, perGroup, tolerance);
    expect(noteThinEvidence({ gate }, data)).toHaveLength(count);
  });

  it('says what the data are, what they could show, and what would be enough', () => {
    const [note] = noteThinEvidence({ gate }, createData({ tunnel: 14 }, 10, 0.05));
    expect(note).toBe(
      "'tunnel' has 140 validation images in 14 groups: even a model that did not change could not be shown to stay within 5.0 points; 59 groups could, or a gate.tolerance of 0.193",
    );
    const enough = createData({ tunnel: 14 }, 10, 0.193);
    expect(noteThinEvidence({ gate }, enough)).toEqual([]);
  });

  it('promises no number of groups where none would be enough', () => {
    const [note] = noteThinEvidence({ gate }, createData({ tunnel: 14 }, 10, 0));
    expect(note).toContain('within 0.0 points; no number of groups could, or a gate.tolerance of');
  });

  it('names five classes, and counts the others', () => {
    const classes = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`class ${i}`, 2]));
    const notes = noteThinEvidence({ gate }, createData(classes, 3, 0.05));
    expect(notes).toHaveLength(6);
    expect(notes.at(-1)).toBe('the same holds for 3 more of the protected classes');
  });

  it('finds the tolerance that every class could decide', () => {
    const data = createData({ tunnel: 14, bridge: 10 }, 10, 0.05);
    // 1 - 0.05^(1/10) = 0.2589.
    expect(findDecidableTolerance({ gate }, data)).toBe(0.259);
    const enough = createData({ tunnel: 14, bridge: 10 }, 10, 0.259);
    expect(findDecidableTolerance({ gate }, enough)).toBeUndefined();
  });

  it('is silent under the strict policy, which asks for no evidence', () => {
    const data = createData({ tunnel: 2 }, 3, 0.05);
    expect(noteThinEvidence({ gate: { ...gate, policy: 'strict' } }, data)).toEqual([]);
  });
});
