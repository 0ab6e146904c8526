import { describe, expect, it } from 'vitest';
import { Fault, isFault } from './fault.js';

describe('Fault', () => {
  it('carries kind, message, violations and cause', () => {
    const cause = new Error('disk');
    const violations = [{ field: 'model', description: 'is missing' }];
    const fault = new Fault('invalid', 'the plan is not valid', { violations, cause });
    expect(fault).toMatchObject({ name: 'Fault', kind: 'invalid', violations, cause });
    expect(isFault(fault)).toBe(true);
  });

  it('is told from other errors', () => {
    expect(isFault(new Error('x'))).toBe(false);
  });
});
