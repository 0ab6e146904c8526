import { describe, expect, it } from 'vitest';
import { rankVersions } from './rank-versions.js';
import type { GateDesign, MeasuredVersion, TaskMeasurement } from './version.js';

const design: GateDesign = {
  level: 0.05,
  tasks: [1, 2, 3].map(() => ({ tolerance: 0.15, validationGroups: 25 })),
};

function measurement(change: number, settings: Partial<TaskMeasurement> = {}): TaskMeasurement {
  return { change, groups: 6, groupVariance: 0.01, regressionPValue: 1, ...settings };
}

function version(
  step: number,
  targetChange: number,
  changes: readonly (number | TaskMeasurement | null)[],
  { average = true, alpha = 1 } = {},
): MeasuredVersion {
  const tasks = changes.map((task) => (typeof task === 'number' ? measurement(task) : task));
  return { step, average, alpha, targetChange, tasks };
}

const order = (versions: readonly MeasuredVersion[]) =>
  rankVersions(versions, design).map((ranked) => versions.indexOf(ranked.version));

describe('rankVersions', () => {
  it('does not let one flip among few groups send it back to an early checkpoint', () => {
    const early = version(100, 0.2, [0, 0, 0]);
    const late = version(900, 0.6, [-0.017, 0, 0.017]);
    expect(order([early, late])).toEqual([1, 0]);
  });

  it('goes back where a task loses far beyond its noise', () => {
    const loss = { groups: 40, groupVariance: 0.01 };
    const early = version(100, 0.3, [measurement(0, loss), measurement(0, loss), 0]);
    const late = version(900, 0.6, [measurement(-0.3, loss), measurement(0, loss), 0]);
    expect(order([early, late])).toEqual([0, 1]);
  });

  it('goes back where a ceiling grows, and not where it falls', () => {
    const [task] = design.tasks;
    const held = { ...design, tasks: [task!, { ...task!, ceiling: true }] };
    const grown = { groups: 40, groupVariance: 0.01 };
    const early = version(100, 0.3, [0, 0]);
    const of = (change: number) => version(900, 0.6, [0, measurement(change, grown)]);
    const first = (late: MeasuredVersion) => rankVersions([early, late], held)[0]!.version;
    expect(first(of(0.3))).toBe(early);
    expect(first(of(-0.3)).step).toBe(900);
    // It is no task like the others: what they share is not shared with it.
    const chance = (change: number) =>
      rankVersions([version(900, 0.6, [-0.05, measurement(change, grown)])], held)[0]!
        .retentionChance;
    expect(chance(-0.3)).toBeCloseTo(chance(-0.6), 9);
  });

  it('prefers more training among versions that promise about the same', () => {
    const versions = [
      version(800, 0.62, [0, 0, 0]),
      version(900, 0.6, [0, 0, 0]),
      version(900, 0.61, [0, 0, 0], { average: false }),
      version(900, 0.6, [0, 0, 0], { alpha: 0.8 }),
    ];
    expect(order(versions)).toEqual([1, 0, 2, 3]);
  });

  it('puts what steering data show to have regressed last, and names the tasks', () => {
    const shown = measurement(-0.4, { regressionPValue: 0.001 });
    const versions = [version(900, 0.9, [0, shown, 0]), version(90, 0.01, [0, 0, 0])];
    const ranked = rankVersions(versions, design);
    expect(ranked.map(({ regressed }) => regressed)).toEqual([[], [1]]);
  });

  it('corrects for the number of tasks: one p-value of 0.03 among three shows nothing', () => {
    const suspicious = measurement(-0.1, { regressionPValue: 0.03 });
    const [ranked] = rankVersions([version(900, 0.5, [suspicious, 0, 0])], design);
    expect(ranked!.regressed).toEqual([]);
  });

  it('blends neighbouring checkpoints, so that a lucky one does not stand out', () => {
    const jitter = (step: number, change: number) => version(step, 0.5, [change, change, change]);
    const versions = [jitter(1, -0.04), jitter(2, 0), jitter(3, -0.04), jitter(4, -0.04)];
    const chances = new Map(
      rankVersions(versions, design).map((r) => [r.version.step, r.retentionChance]),
    );
    const alone = (change: number) => rankVersions([jitter(1, change)], design)[0]!.retentionChance;
    expect(chances.get(2)! / chances.get(3)!).toBeLessThan(0.7 * (alone(0) / alone(-0.04)));
  });

  it('gives a chance that falls with the loss and lies between 0 and 1', () => {
    const chances = [0.05, 0, -0.05, -0.1, -0.3].map(
      (change) => rankVersions([version(1, 0.5, [change, change, change])], design)[0]!,
    );
    for (const [i, { retentionChance }] of chances.entries()) {
      expect(retentionChance).toBeGreaterThanOrEqual(0);
      expect(retentionChance).toBeLessThanOrEqual(1);
      if (i > 0) expect(retentionChance).toBeLessThan(chances[i - 1]!.retentionChance);
    }
  });

  it('orders versions that gain nothing by how little they lose on the target', () => {
    expect(order([version(1, -0.2, [0, 0, 0]), version(2, -0.1, [0, 0, 0])])).toEqual([1, 0]);
  });

  it('leaves out a task that steering data do not show', () => {
    const [ranked] = rankVersions([version(1, 0.5, [0, null, 0])], design);
    expect(ranked!.retentionChance).toBeGreaterThan(0.5);
  });

  it('refuses a version without a measured task or with a number that is none', () => {
    expect(() => order([version(1, 0.1, [null, null, null])])).toThrow(/version 0/);
    expect(() => order([version(1, 0.1, [0, 0, 0]), version(2, Number.NaN, [0, 0, 0])])).toThrow(
      /version 1/,
    );
  });
});
