import { Fault } from '@holdfast/fault';
import { describe, expect, it } from 'vitest';
import { collectViolations } from './collect-violations.js';

function faultOf(work: () => void): Fault {
  try {
    work();
  } catch (error) {
    return error as Fault;
  }
  throw new Error('expected a fault');
}

describe('collectViolations', () => {
  it('lets a request without violations pass', () => {
    const fields = collectViolations('Estimate');
    expect(fields.require(true, 'step', 'must be 0')).toBe(true);
    expect(fields.attempt(() => 7)).toBe(7);
    expect(() => fields.throwIfAny()).not.toThrow();
  });

  it('refuses once, naming every field', () => {
    const fields = collectViolations('Estimate');
    expect(fields.require(false, 'run_id', 'is required')).toBe(false);
    fields.add('tasks[2].rows', 'must not be empty');
    const refused = fields.attempt(() => {
      const violations = [{ field: 'images.shape', description: 'must be [rows, columns]' }];
      throw new Fault('invalid', 'no matrix', { violations });
    });
    fields.attempt(() => {
      throw new Fault('invalid', 'the table is empty');
    });
    expect(refused).toBeUndefined();
    const fault = faultOf(() => fields.throwIfAny());
    expect(fault.kind).toBe('invalid');
    expect(fault.message).toBe(
      'Estimate is invalid: run_id is required; tasks[2].rows must not be empty; images.shape must be [rows, columns]; the table is empty',
    );
    expect(fault.violations.map(({ field }) => field)).toEqual([
      'run_id',
      'tasks[2].rows',
      'images.shape',
      '',
    ]);
  });

  it('keeps the message short when much is wrong', () => {
    const fields = collectViolations('Estimate');
    for (let i = 0; i < 100; i += 1) fields.add(`samples[${i}]`, 'is out of range');
    const fault = faultOf(() => fields.throwIfAny());
    expect(fault.message).toMatch(/; and 92 more$/);
    expect(fault.violations).toHaveLength(100);
  });

  it('lets every other error through', () => {
    const fields = collectViolations('Estimate');
    const broken = () =>
      fields.attempt(() => {
        throw new RangeError('a bug');
      });
    expect(broken).toThrow(RangeError);
  });
});
