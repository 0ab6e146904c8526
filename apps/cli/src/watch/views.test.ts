import { RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import { describe, expect, it } from 'vitest';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { createRunView } from './create-run-view.js';
import { composeStatus } from './live-view.js';
import { type RunEvent, unknownStatus, updateStatus } from './run-status.js';
import { createTimeLeft } from './time-left.js';

function stepApplied(step: number, estimates: Record<string, number> = {}): RunEvent {
  return {
    $case: 'stepApplied',
    value: {
      step,
      totalSteps: 100,
      objective: 1.5,
      penalty: 0.25,
      learningRate: 2e-4,
      gradientNorm: 1,
      tasks: Object.entries(estimates).map(([task, constraintEstimate]) => ({
        task,
        constraintEstimate,
        weight: 0.5,
      })),
    },
  };
}

function measured(step: number, changes: Record<string, number>): RunEvent {
  const tasks = Object.entries(changes).map(([task, accuracyChange]) => ({
    task,
    accuracyChange,
    referenceAccuracy: 0.9,
  }));
  return { $case: 'measured', value: { step, targetChange: 0.123, tasks } };
}

function entered(state: RunState): RunEvent {
  return { $case: 'stateChanged', value: { state, time: undefined } };
}

describe('updateStatus', () => {
  it('keeps the latest of every task', () => {
    const events = [
      entered(RunState.RUN_STATE_TRAINING),
      stepApplied(0, { stop: 0.1, yield: 0.2 }),
      measured(1, { stop: -0.01, yield: 0 }),
      stepApplied(1, { stop: -0.3 }),
    ];
    const status = events.reduce(updateStatus, unknownStatus);
    expect(status).toMatchObject({ activity: 'training', done: 2, total: 100 });
    expect([...status.tasks]).toEqual([
      ['stop', { estimate: -0.3, weight: 0.5, change: -0.01 }],
      ['yield', { estimate: 0.2, weight: 0.5, change: 0 }],
    ]);
  });

  it('says what place a run has that waits, and for what', () => {
    const value = { position: 2, reason: 'the encoder is full\nof runs' };
    const waiting = updateStatus(unknownStatus, { $case: 'queued', value });
    expect(waiting.activity).toBe('waiting, place 2 in the queue: the encoder is full; of runs');
    const begun = updateStatus(waiting, entered(RunState.RUN_STATE_PREPARING));
    expect(begun.activity).toBe('preparing');
  });

  it('forgets the progress of work that is over', () => {
    const value = { activity: 'reading data', done: 5, total: 9 };
    const reading = updateStatus(unknownStatus, { $case: 'progressed', value });
    expect(reading).toMatchObject(value);
    const judging = updateStatus(reading, entered(RunState.RUN_STATE_GATING));
    expect(judging).toMatchObject({ activity: 'judging the candidate', done: 0, total: 0 });
    expect(updateStatus(judging, { $case: 'ended', value: { run: undefined } })).toBe(judging);
  });
});

describe('time left', () => {
  it('follows the recent pace, from where the work began', () => {
    const timeLeft = createTimeLeft();
    timeLeft.update(40, 100, 0);
    expect(timeLeft.seconds()).toBeUndefined();
    timeLeft.update(50, 100, 10_000);
    expect(timeLeft.seconds()).toBe(50);
    // Twice as fast for longer than the window.
    for (let i = 1; i <= 20; i += 1) timeLeft.update(50 + i, 100, 10_000 + i * 5000);
    expect(timeLeft.seconds()).toBeCloseTo(30 * 5, 0);
  });

  it('starts anew with other work', () => {
    const timeLeft = createTimeLeft();
    timeLeft.update(0, 10, 0);
    timeLeft.update(5, 10, 1000);
    timeLeft.update(0, 20, 2000);
    expect(timeLeft.seconds()).toBeUndefined();
    timeLeft.update(10, 20, 3000);
    expect(timeLeft.seconds()).toBe(1);
  });
});

describe('without a terminal', () => {
  it('writes plain lines, at most one every few seconds', () => {
    const terminal = createFakeTerminal();
    const view = createRunView(terminal.progress, terminal.now);
    view.show(entered(RunState.RUN_STATE_TRAINING));
    for (let step = 0; step < 100; step += 1) {
      view.show(stepApplied(step, { stop: 0.1, 'speed 30': step === 60 ? 0.5 : 0.05 }));
      if (step === 50) view.show(measured(50, { stop: 0 }));
      terminal.advance(100);
    }
    view.close();
    expect(terminal.written.progress.split('\n')).toEqual([
      'training',
      'training 1/100, objective 1.5000, penalty 0.2500, worst stop u +0.1000',
      'training 51/100, objective 1.5000, penalty 0.2500, worst stop u +0.1000, 5 s left',
      'training 100/100, objective 1.5000, penalty 0.2500, worst stop u +0.1000, target +12.3 points',
      '',
    ]);
  });

  it('says at once that an activity began, and that it is over', () => {
    const terminal = createFakeTerminal();
    const view = createRunView(terminal.progress, terminal.now);
    for (const activity of ['reading data', 'preparing images']) {
      for (const done of [10, 20, 30]) {
        view.show({ $case: 'progressed', value: { activity, done, total: 30 } });
      }
    }
    view.close();
    expect(terminal.written.progress).toBe(
      'reading data 10/30\nreading data 30/30\npreparing images 10/30\npreparing images 30/30\n',
    );
  });

  it('says at once what a person should know', () => {
    const terminal = createFakeTerminal();
    const view = createRunView(terminal.progress, terminal.now);
    view.show({ $case: 'noted', value: { message: 'two images are the same' } });
    view.note('Stopping');
    view.close();
    expect(terminal.written.progress).toBe('note: two images are the same\nStopping\n');
  });
});

describe('at a terminal', () => {
  it('shows what it does, how far, and every task', () => {
    const { progress } = createFakeTerminal({ isTerminal: true });
    const status = [
      entered(RunState.RUN_STATE_TRAINING),
      stepApplied(24, { stop: 0.1, yield: -0.2 }),
      measured(20, { stop: -0.01 }),
    ].reduce(updateStatus, unknownStatus);
    expect(composeStatus(status, 75, progress)).toEqual([
      '',
      `training  ${'━'.repeat(8)}${'─'.repeat(24)}  25/100  75 s left`,
      'objective 1.5000   penalty 0.2500   learning rate 2.0e-4   target +12.3 points on steering data',
      '',
      'protected task         u   weight   measured',
      'stop             +0.1000    0.500       -1.0',
      'yield            -0.2000    0.500',
    ]);
  });

  it('shows the worst tasks where not all fit', () => {
    const { progress } = createFakeTerminal({ isTerminal: true });
    const estimates = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, i / 100]));
    const lines = composeStatus(
      updateStatus(unknownStatus, stepApplied(0, estimates)),
      undefined,
      progress,
    );
    expect(lines.length).toBeLessThan(24);
    expect(lines[5]).toContain('t39');
    expect(lines.at(-1)).toBe('and 23 more');
  });

  it('draws ten times a second at most, and prints notes above', () => {
    const terminal = createFakeTerminal({ isTerminal: true });
    const view = createRunView(terminal.progress, terminal.now);
    const before = terminal.written.progress.length;
    for (let step = 0; step < 50; step += 1) view.show(stepApplied(step));
    expect(terminal.written.progress.length).toBe(before);
    terminal.advance(100);
    view.show(stepApplied(50));
    expect(terminal.written.progress).toContain('51/100');
    view.show({ $case: 'noted', value: { message: 'a note' } });
    view.note('another');
    view.close();
    expect(terminal.written.progress).toContain('a note\n');
    expect(terminal.written.progress).toContain('another\n');
  });
});
