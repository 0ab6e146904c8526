import { describe, expect, it } from 'vitest';
import { Fault } from './fault.js';
import { packFault, unpackFault } from './pack-fault.js';

describe('packFault', () => {
  it('keeps all of a Fault on its way through a structured clone', () => {
    const violations = [{ field: 'step', description: 'is missing' }];
    const fault = new Fault('invalid', 'not valid', { violations });
    const there = unpackFault(structuredClone(packFault(fault)));
    expect(there).toMatchObject({
      name: 'Fault',
      kind: 'invalid',
      message: 'not valid',
      violations,
    });
    expect(there.cause).toBeUndefined();
    const full = new Fault('exhausted', 'full', { retryAfterMs: 50 });
    expect(unpackFault(structuredClone(packFault(full))).retryAfterMs).toBe(50);
  });

  it('takes anything else for a broken invariant, with where it was thrown', () => {
    const there = unpackFault(structuredClone(packFault(new TypeError('x is not a function'))));
    expect(there).toMatchObject({ kind: 'internal', message: 'x is not a function' });
    expect(there.cause).toContain('pack-fault.test');
    expect(unpackFault(packFault('a string')).message).toBe('a string');
  });
});
