import { Outcome, Run, RunState } from '@holdfast/proto/holdfast/controller/v1/controller';
import type { ServiceContext } from '@holdfast/service-kit';
import { expect, it } from 'vitest';
import { enterState } from '../run/enter-state.js';
import { createRunLog } from './run-log.js';

/** A logger that keeps what it is told, level first. */
function createTestLogger() {
  const lines: object[] = [];
  const at = (level: string) => (line: object) => lines.push({ level, ...line });
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { logger: logger as unknown as ServiceContext['logger'], lines };
}

it('says of a run how it came, what happened to it and how it ended', () => {
  const { logger, lines } = createTestLogger();
  const log = createRunLog(logger);
  const progress = { step: 3 };
  const run = (state: RunState, rest: Partial<Run> = {}) =>
    Run.fromPartial({ runId: 'a', runUri: 'file:///runs/a', state, progress, ...rest });
  const queued = RunState.RUN_STATE_QUEUED;
  const training = RunState.RUN_STATE_TRAINING;
  log.onEvent!(run(queued), enterState(queued));
  log.onEvent!(run(training), enterState(training));
  log.onRecord!('a', {
    event: 'run.recovered',
    at: '2026-01-01T00:00:00.000Z',
    step: 2,
    stepsRepeated: 1,
    reason: 'the encoder was gone',
  });
  log.onRecord!('a', { event: 'test.read', candidateSha256: '' });
  const failure = { code: 13, message: 'x'.repeat(9000), details: [] };
  const failed = run(RunState.RUN_STATE_FAILED, { failure });
  log.onEvent!(failed, { $case: 'ended', value: { run: failed } });
  const done = run(RunState.RUN_STATE_COMPLETED, { outcome: Outcome.OUTCOME_RETAINED });
  log.onEvent!(done, { $case: 'ended', value: { run: done } });
  const runId = 'a';
  expect(lines).toMatchObject([
    { level: 'info', event: 'run.submitted', runId, runUri: 'file:///runs/a' },
    { level: 'info', event: 'run.state', runId, state: 'training', step: 3 },
    { level: 'warn', event: 'run.recovered', runId, step: 2, reason: 'the encoder was gone' },
    { level: 'error', event: 'run.ended', runId, state: 'failed', code: 13 },
    { level: 'info', event: 'run.ended', runId, state: 'completed', outcome: 'retained' },
  ]);
  expect(JSON.stringify(lines).length).toBeLessThan(4000);
});
