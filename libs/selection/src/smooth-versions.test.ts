import { expect, it } from 'vitest';
import { smoothVersions } from './smooth-versions.js';
import type { MeasuredVersion } from './version.js';

function version(step: number, change: number, alpha = 1): MeasuredVersion {
  const task = { change, groups: 6, groupVariance: 0.01, regressionPValue: 1 };
  return { step, average: true, alpha, targetChange: 10 * change, tasks: [task, null] };
}

const changes = (versions: readonly MeasuredVersion[]) =>
  smoothVersions(versions).map(({ tasks }) => tasks[0]!.change);

it('blends a version with the measurements before and after it, in whatever order they come', () => {
  const [second, first, third] = smoothVersions([version(20, 0.4), version(10, 0), version(30, 0)]);
  expect(second!.tasks[0]!.change).toBeCloseTo(0.2, 12);
  expect(second!.targetChange).toBeCloseTo(2, 12);
  expect(first!.tasks[0]!.change).toBeCloseTo(0.4 / 3, 12);
  expect(third!.tasks).toEqual([
    expect.objectContaining({ change: expect.closeTo(0.4 / 3, 12) }),
    null,
  ]);
});

it('does not take the next leader for a neighbour where measurements lie between them', () => {
  const versions = [
    ...[10, 20, 30].map((step) => version(step, 0)),
    version(10, 0.4, 0.8),
    version(30, 0.2, 0.8),
  ];
  expect(changes(versions)).toEqual([0, 0, 0, 0.4, 0.2]);
});

it('keeps kinds of weights apart', () => {
  expect(changes([version(10, 0), version(20, 0.4, 0.8)])).toEqual([0, 0.4]);
});
