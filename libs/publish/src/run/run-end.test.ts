import { expect, it } from 'vitest';
import { isReleased } from './run-end.js';

it('takes a run for released that its gate retained, unless a study made it', () => {
  expect(isReleased('RETAINED', {})).toBe(true);
  expect(isReleased('RETAINED', { labels: { team: 'fog' } })).toBe(true);
  expect(isReleased('RETAINED', { labels: { study: 'fog.yaml' } })).toBe(false);
  expect(isReleased('UNDECIDED', {})).toBe(false);
});
