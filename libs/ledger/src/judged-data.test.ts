import { sha256 } from '@holdfast/artifacts';
import { describe, expect, it } from 'vitest';
import { describeJudgedData, packImages, sharesImage, unpackImages } from './judged-data.js';

const image = (name: string, label = 'stop', group = name) => ({
  sha256: sha256(name),
  label,
  group,
});

describe('describeJudgedData', () => {
  const data = describeJudgedData([
    image('a', 'stop', 'sign 1'),
    image('b', 'stop', 'sign 1'),
    image('c'),
  ]);

  it('is the same wherever the images lie, in whatever order, and whatever groups are called', () => {
    const moved = [image('c', 'stop', 'new/c'), image('b', 'stop', 'x'), image('a', 'stop', 'x')];
    expect(describeJudgedData(moved)).toEqual(data);
  });

  it.each([
    ['another image', [image('a', 'stop', 'g'), image('b', 'stop', 'g'), image('d')]],
    ['another label', [image('a', 'stop', 'g'), image('b', 'stop', 'g'), image('c', 'yield')]],
    ['another grouping', [image('a'), image('b', 'stop', 'g'), image('c', 'stop', 'g')]],
  ])('is another with %s', (_, images) => {
    expect(describeJudgedData(images).sha256).not.toBe(data.sha256);
  });

  it('keeps images through a line of the ledger, and finds one in common', () => {
    expect(unpackImages(packImages(data.images))).toEqual(data.images);
    const other = describeJudgedData([image('d'), image('c', 'yield'), image('e')]);
    expect(sharesImage(data.images, other.images)).toBe(true);
    expect(sharesImage(data.images, describeJudgedData([image('d')]).images)).toBe(false);
  });
});
