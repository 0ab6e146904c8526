import { describe, expect, it } from 'vitest';
import { Fault } from './fault.js';
import { joinFaults } from './join-faults.js';

const one = new Fault('not-found', 'no model', { violations: [{ field: 'a', description: 'x' }] });
const two = new Fault('invalid', 'no images', { violations: [{ field: 'b', description: 'y' }] });

describe('joinFaults', () => {
  it('says everything that is wrong, and names every field', () => {
    const joined = joinFaults([one, two]) as Fault;
    expect(joined.kind).toBe('invalid');
    expect(joined.message).toBe('no model\nno images');
    expect(joined.violations.map(({ field }) => field)).toEqual(['a', 'b']);
  });

  it('gives a single fault back as it is', () => {
    expect(joinFaults([one])).toBe(one);
  });

  it('gives back what is no Fault, for it explains the others', () => {
    const bug = new TypeError('a bug');
    expect(joinFaults([one, bug])).toBe(bug);
  });
});
