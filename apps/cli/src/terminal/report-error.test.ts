import { Fault } from '@holdfast/fault';
import { describe, expect, it } from 'vitest';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { reportError } from './report-error.js';

describe('reportError', () => {
  it('says a fault in its own words, and exits with 1', () => {
    const terminal = createFakeTerminal();
    expect(reportError(new Fault('not-found', 'plan.yaml: no such plan'), terminal)).toBe(1);
    expect(terminal.written.progress).toBe('error: plan.yaml: no such plan\n');
    expect(terminal.written.output).toBe('');
  });

  it('lists violations that the message does not say already', () => {
    const terminal = createFakeTerminal();
    const violations = [
      { field: 'model', description: 'line 2: is said already' },
      { field: 'protected[1]', description: 'line 7: no image is labelled "x"' },
      { field: '', description: 'the data are empty' },
    ];
    reportError(new Fault('invalid', 'model is said already', { violations }), terminal);
    expect(terminal.written.progress).toBe(
      'error: model is said already\n  protected[1]: line 7: no image is labelled "x"\n  the data are empty\n',
    );
  });

  it('hints at the stack for what nobody expected', () => {
    for (const error of [new TypeError('x is not a function'), new Fault('internal', 'broken')]) {
      const terminal = createFakeTerminal();
      expect(reportError(error, terminal)).toBe(1);
      expect(terminal.written.progress).toContain('HOLDFAST_DEBUG=1');
      expect(terminal.written.progress).not.toContain('report-error.test');
    }
  });

  it('shows stack and causes when asked', () => {
    const terminal = createFakeTerminal({ environment: { HOLDFAST_DEBUG: '1' } });
    const cause = new RangeError('the root of it');
    reportError(new Fault('internal', 'broken', { cause }), terminal);
    expect(terminal.written.progress).toContain('report-error.test');
    expect(terminal.written.progress).toContain('caused by RangeError: the root of it');
  });

  it('exits with 130 for what was interrupted', () => {
    const terminal = createFakeTerminal();
    expect(reportError(new Fault('cancelled', 'interrupted'), terminal)).toBe(130);
    expect(terminal.written.progress).toBe('interrupted\n');
    expect(reportError('a string', createFakeTerminal())).toBe(1);
  });
});
