import type { Sample } from '@holdfast/dataset';
import { expect, it } from 'vitest';
import { spreadSamples } from './spread-samples.js';

/** Images of labels, each in groups of the given sizes. */
function createSamples(groupSizes: Readonly<Record<string, readonly number[]>>): Sample[] {
  const groups = Object.entries(groupSizes).flatMap(([label, sizes]) =>
    sizes.map((size, g) => ({ label, group: `${label} ${g}`, size })),
  );
  const rows = groups.flatMap(({ size, ...row }) => Array.from({ length: size }, () => row));
  return rows.map((row, index) => ({ ...row, index }) as Sample);
}
const samples = createSamples({ stop: [3, 3, 3, 3], yield: [8, 1], go: [1, 1, 1] });
const count = (values: readonly string[], value: string) =>
  values.filter((v) => v === value).length;

it('gives every sample once', () => {
  const indices = spreadSamples(samples, 0).map(({ index }) => index);
  expect(indices.sort((a, b) => a - b)).toEqual(samples.map(({ index }) => index));
});

it('begins with as many of every label, as long as there are any', () => {
  const labels = spreadSamples(samples, 0).map(({ label }) => label);
  for (const length of [3, 6, 9]) {
    const begin = labels.slice(0, length);
    for (const label of ['stop', 'yield', 'go']) expect(count(begin, label)).toBe(length / 3);
  }
});

it('takes images under each corruption as early as plain ones', () => {
  const corruption = { name: 'fog', severity: 2 } as const;
  const copies = samples.map((sample) => ({ ...sample, index: sample.index + 100, corruption }));
  const begin = spreadSamples([...samples, ...copies], 0).slice(0, 12);
  const kinds = begin.map(({ label, corruption: done }) => `${label} ${done?.name}`);
  for (const kind of new Set(kinds)) expect(count(kinds, kind)).toBe(2);
  expect(new Set(kinds).size).toBe(6);
});

it('takes labels of one image each, such as captions, for one label together', () => {
  const captions = Array.from({ length: 40 }, (_, i) => ({
    label: `caption ${i}`,
    index: 200 + i,
  }));
  const begin = spreadSamples([...samples, ...(captions as Sample[])], 0).slice(0, 12);
  const kinds = begin.map(({ label }) => label.split(' ')[0]!);
  for (const kind of ['stop', 'yield', 'go', 'caption']) expect(count(kinds, kind)).toBe(3);
});

it('takes one of every group of a label before a second of any', () => {
  const stops = spreadSamples(samples, 0).filter(({ label }) => label === 'stop');
  const groups = stops.map(({ group }) => group);
  for (const start of [0, 4, 8]) expect(new Set(groups.slice(start, start + 4)).size).toBe(4);
});

it('draws by the seed, the same for the same one', () => {
  const order = (seed: number) => spreadSamples(samples, seed).map(({ index }) => index);
  expect(order(1)).toEqual(order(1));
  expect(order(1)).not.toEqual(order(2));
});
