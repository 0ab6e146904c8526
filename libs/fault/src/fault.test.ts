import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.js';
import { Fault, isFault } from './fault.js';

describe('Fault', () => {
  it('carries kind, message, violations and cause', () => {
    const cause = new Error('disk');
    const violations = [{ field: 'model', description: 'is missing' }];
    const fault = new Fault('invalid', 'the plan is not valid', { violations, cause });
    expect(fault).toMatchObject({ name: 'Fault', kind: 'invalid', violations, cause });
    expect(isFault(fault)).toBe(true);
  });

  it('says after what time to try again, where that can help', () => {
    expect(new Fault('unavailable', 'starting').retryAfterMs).toBe(1000);
    expect(new Fault('unavailable', 'starting', { retryAfterMs: 50 }).retryAfterMs).toBe(50);
    expect(new Fault('exhausted', 'full', { retryAfterMs: 50 }).retryAfterMs).toBe(50);
    expect(new Fault('exhausted', 'too large').retryAfterMs).toBeUndefined();
    expect(new Fault('invalid', 'wrong', { retryAfterMs: 50 }).retryAfterMs).toBeUndefined();
  });

  it('is told from other errors', () => {
    expect(isFault(new Error('x'))).toBe(false);
  });
});

describe('describeError', () => {
  it('lists the violations that the message does not say already', () => {
    const violations = [
      { field: 'model', description: 'line 2: is said already' },
      { field: 'protected[1]', description: 'line 7: no image is labelled "x"' },
      { field: '', description: 'the data are empty' },
    ];
    expect(describeError(new Fault('invalid', 'model is said already', { violations }))).toBe(
      'model is said already\n  protected[1]: line 7: no image is labelled "x"\n  the data are empty',
    );
  });

  it('spells out twenty violations and counts the rest', () => {
    const violations = Array.from({ length: 23 }, (_, i) => ({
      field: `tensor ${i}`,
      description: 'is missing',
    }));
    const lines = describeError(new Fault('invalid', 'x', { violations })).split('\n');
    expect(lines).toHaveLength(22);
    expect(lines.slice(-2)).toEqual(['  tensor 19: is missing', '  and 3 more']);
  });

  it('lets no name steer the terminal', () => {
    const violations = [{ field: '\u001b[2Jfog\r', description: 'has no\timage\u009b' }];
    expect(describeError(new Fault('invalid', 'a\u0007', { violations }))).toBe(
      'a\ufffd\n  \ufffd[2Jfog\ufffd: has no\timage\ufffd',
    );
  });

  it('takes whatever was thrown', () => {
    expect(describeError(new TypeError('x is not a function'))).toBe('x is not a function');
    expect(describeError('a string')).toBe('a string');
  });
});
