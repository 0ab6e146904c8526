import { expect, it } from 'vitest';
import { describeWatched } from './describe-watched.js';

it('says what was watched, and that nothing else was', () => {
  const tasks = Array.from({ length: 9 }, () => ({ examples: 150 }));
  expect(describeWatched([{ examples: 99 }], tasks)).toBe(
    'Watched: 9 protected tasks and the target, on 1,449 images.',
  );
  expect(describeWatched([{ examples: 1 }, { examples: 2 }], tasks)).toBe(
    'Watched: 9 protected tasks and 2 targets, on 1,353 images.',
  );
  expect(describeWatched([], tasks.slice(8))).toBe('Watched: 1 protected task, on 150 images.');
});
