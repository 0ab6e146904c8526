import { describe, expect, it } from 'vitest';
import { protect } from '../test-support/protect.js';
import { checkConditions } from './check-conditions.js';

const samples = ['fog', 'rain', ''].map((weather) => ({ columns: { weather } }));
const slice = (...values: string[]) =>
  protect('a', { field: 'protected[0]', where: [['weather', values]] });

describe('checkConditions', () => {
  it('is content with values that some image has', () => {
    checkConditions([slice('fog', 'rain'), protect('b')], samples);
  });

  it('names each value that no image has, with what the column has', () => {
    expect(() => checkConditions([slice('fogg', 'fog')], samples)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        violations: [
          {
            field: 'protected[0].where',
            description:
              'no image has "fogg" in the column weather; did you mean "fog"? it has: fog, rain',
          },
        ],
      }),
    );
  });
});
