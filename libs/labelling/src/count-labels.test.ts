import { comparePaired } from '@holdfast/metrics';
import { estimateChange, weighChange } from '@holdfast/release-gate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countLabels, type PoolCount } from './count-labels.js';
import { noClass, type PoolImage, type PoolLabel } from './pool-image.js';
import { queueLabels } from './queue-labels.js';

const classCount = 3;
const settings = { classCount, checksMax: 4, level: 0.1 };

/** One class of a count as the gate gets it; undefined where it has no image. */
function compareClass(images: readonly PoolImage[], count: PoolCount, classIndex: number) {
  const rows = count.images.filter((image) => image.classIndex === classIndex);
  if (rows.length === 0) return undefined;
  const { largestGroup } = count.classes[classIndex]!;
  return comparePaired({
    labels: rows.map(() => classIndex),
    reference: rows.map(({ place }) => images[place]!.reference),
    candidate: rows.map(({ place }) => images[place]!.candidate),
    groups: rows.map(({ place }) => images[place]!.group),
    ...(count.unlabelled > 0 && { missing: { largestGroup } }),
  });
}

const answer = fc.integer({ min: 0, max: classCount - 1 });
const label: fc.Arbitrary<PoolLabel> = fc.oneof(
  { weight: 9, arbitrary: answer },
  { weight: 1, arbitrary: fc.constant(noClass) },
);

/** Groups of one label, of which models mostly answer the label. */
const pool = fc
  .array(
    fc.tuple(
      label,
      fc.array(fc.tuple(answer, answer, fc.integer({ min: 0, max: 9 })), {
        minLength: 1,
        maxLength: 6,
      }),
    ),
    { minLength: 3, maxLength: 40 },
  )
  .map((groups) =>
    groups.flatMap(([truth, images], g) =>
      images.map(([reference, candidate, luck]): Required<PoolImage> => {
        const right = truth === noClass ? 0 : truth;
        return {
          group: `group ${g}`,
          reference: luck < 8 ? right : reference,
          candidate: luck < 7 ? right : candidate,
          label: truth,
        };
      }),
    ),
  );

describe('countLabels', () => {
  it('finds with all labels of the queue the flips that all labels show', () => {
    fc.assert(
      fc.property(pool, (images) => {
        const asked = new Set(queueLabels(images, settings).map(({ place }) => place));
        const partly = images.map((image, place) =>
          asked.has(place) ? image : { ...image, label: undefined },
        );
        const [some, all] = [countLabels(partly, settings), countLabels(images, settings)];
        for (let k = 0; k < classCount; k += 1) {
          const full = compareClass(images, all, k);
          const flips = compareClass(partly, some, k);
          expect(flips?.negativeFlips ?? 0).toBe(full?.negativeFlips ?? 0);
          expect(flips?.positiveFlips ?? 0).toBe(full?.positiveFlips ?? 0);
          expect(some.classes[k]!.assumedLost).toBe(0);
        }
      }),
    );
  });

  it('never bounds a change higher than all labels do, whatever is labelled', () => {
    const cases = fc.tuple(pool, fc.infiniteStream(fc.boolean()));
    fc.assert(
      fc.property(cases, ([images, isKnown]) => {
        const partly = images.map((image) =>
          isKnown.next().value ? image : { ...image, label: undefined },
        );
        const [some, all] = [countLabels(partly, settings), countLabels(images, settings)];
        for (let k = 0; k < classCount; k += 1) {
          const { agreedGroupsMin } = some.classes[k]!;
          const agreed = images.filter(({ reference, candidate }) => reference === candidate);
          expect(agreed.length).toBeGreaterThanOrEqual(agreedGroupsMin);
          // The checks err with a small probability; where they do, nothing is claimed.
          if (agreedGroupsMin > countTrue(images, k)) continue;
          const [known, full] = [compareClass(partly, some, k), compareClass(images, all, k)];
          if (known === undefined || full === undefined) continue;
          const bounds = [known, full].map((c) => weighChange(c, 0).lowerBound(0.05));
          if (some.unlabelled > 0) expect(bounds[0]).toBeLessThanOrEqual(Math.max(0, bounds[1]!));
          for (const drop of [0, 0.05, 0.2, 0.6]) {
            const pValue = weighChange(known, 0).excessPValue(drop);
            expect(pValue).toBeGreaterThanOrEqual(weighChange(full, 0).excessPValue(drop) - 1e-9);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never bounds a change of single images higher either', () => {
    const counts = fc.tuple(...[280, 12, 12, 60, 12].map((max) => fc.nat({ max })));
    fc.assert(
      fc.property(counts, ([agreed = 0, lost = 0, won = 0, leftOut = 0, unknown = 0]) => {
        const flips = (kept: number, b: number, c: number) => {
          const rows = [...new Array(kept).fill('kept'), ...new Array(b).fill('lost')];
          rows.push(...new Array(c).fill('won'));
          return comparePaired({
            labels: rows.map(() => 0),
            reference: rows.map((kind) => (kind === 'won' ? 1 : 0)),
            candidate: rows.map((kind) => (kind === 'lost' ? 1 : 0)),
          });
        };
        fc.pre(agreed + lost + won + unknown > 0);
        const known = weighChange(flips(agreed, lost + unknown, won), 0);
        const full = weighChange(flips(agreed + leftOut, lost, won), 0);
        for (const drop of [0, 0.01, 0.03, 0.1, 0.4]) {
          expect(known.excessPValue(drop)).toBeGreaterThanOrEqual(full.excessPValue(drop) - 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts disagreements without a label as losses, and nothing that is agreed without a check', () => {
    const images: PoolImage[] = [
      { group: 'a', reference: 0, candidate: 0 },
      { group: 'b', reference: 0, candidate: 1 },
      { group: 'c', reference: 1, candidate: 0, label: 0 },
      { group: 'd', reference: 1, candidate: 2, label: noClass },
    ];
    const count = countLabels(images, { ...settings, checksMax: 0 });
    expect(count.images).toEqual([
      { place: 1, classIndex: 0 },
      { place: 2, classIndex: 0 },
    ]);
    expect(count.classes[0]).toMatchObject({ labelled: 1, counted: 0, assumedLost: 1 });
    expect(count.unlabelled).toBe(2);
  });

  it('lets checks stand for groups like them, the smallest', () => {
    // 100 groups of two that show class 0, and one of ten.
    const sizes = [...new Array<number>(100).fill(2), 10];
    const images = sizes.flatMap((size, g) =>
      Array.from(
        { length: size },
        (): PoolImage => ({ group: `${g}`, reference: 0, candidate: 0 }),
      ),
    );
    const rules = { classCount: 1, checksMax: 30, level: 0.005 };
    const asked = queueLabels(images, rules);
    const labelled = images.map(
      (image) => ({ ...image }) as { -readonly [K in keyof PoolImage]: PoolImage[K] },
    );
    for (const { place } of asked) labelled[place]!.label = 0;
    const { classes, images: counted } = countLabels(labelled, rules);
    expect(classes[0]).toMatchObject({ agreedGroups: 101, checkedGroups: 30, confirmedGroups: 30 });
    const { agreedGroupsMin } = classes[0]!;
    expect(agreedGroupsMin).toBeGreaterThan(80);
    expect(agreedGroupsMin).toBeLessThan(101);
    expect(new Set(counted.map(({ place }) => images[place]!.group)).size).toBe(agreedGroupsMin);
    expect(classes[0]!.counted).toBe(2 * (agreedGroupsMin - 30));
    expect(classes[0]!.largestGroup).toBe(10);
  });

  it('bounds at 1 above where labels are missing', () => {
    const images: PoolImage[] = Array.from({ length: 30 }, (_, i) => ({
      group: `${i}`,
      reference: 0,
      candidate: i < 25 ? 1 : 0,
    }));
    const count = countLabels(images, settings);
    const change = estimateChange(compareClass(images, count, 0)!, { level: 0.05, seed: 0 });
    expect(change.upperBound).toBe(1);
    expect(change.lowerBound).toBeLessThan(-0.8);
  });
});

/** Groups that both models answer with the class throughout, and that show it. */
function countTrue(images: readonly PoolImage[], classIndex: number): number {
  const groups = new Map<string, boolean>();
  for (const { group, reference, candidate, label: truth } of images) {
    const isTrue = [reference, candidate, truth].every((value) => value === classIndex);
    groups.set(group, isTrue && (groups.get(group) ?? true));
  }
  return [...groups.values()].filter(Boolean).length;
}
