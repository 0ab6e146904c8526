import {
  ControllerServiceDefinition,
  Outcome,
  Run,
  RunState,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { defineService, type RunningServer, startServer } from '@holdfast/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

/** A controller of one run, which becomes `after` when it is cancelled or resumed. */
let run: Run;
let after: Run;
let server: RunningServer;

beforeAll(async () => {
  const change = async () => {
    run = after;
    return { runId: run.runId, step: 7 };
  };
  const known = {
    getRun: async () => ({ run }),
    cancelRun: change,
    resumeRun: change,
  };
  const unused = Object.keys(ControllerServiceDefinition.methods).map((name) => [
    name,
    async () => ({}),
  ]);
  const methods = { ...Object.fromEntries(unused), ...known };
  server = await startServer({
    services: [defineService(ControllerServiceDefinition, methods as never)],
  });
});
afterAll(() => server.close());

const named = { runId: 'r', runUri: 'file:///runs/plan-1' };
const retained = { outcome: Outcome.OUTCOME_RETAINED };

/** What a command says of the run. */
async function call(command: string, state: keyof typeof RunState, then: keyof typeof RunState) {
  const make = (name: keyof typeof RunState) =>
    Run.fromPartial({
      ...named,
      ...(name === 'RUN_STATE_COMPLETED' && retained),
      state: RunState[name],
    });
  run = make(state);
  after = make(then);
  const terminal = createFakeTerminal({ environment: {} });
  expect(await runCli([command, 'r', '--controller', server.address], terminal)).toBe(0);
  return terminal.written.progress;
}

it.each([
  ['TRAINING', 'STOPPING', /^Asked plan-1 to stop. Go on later with: .* resume plan-1 /],
  ['QUEUED', 'CANCELLED', /^Cancelled plan-1, which waited. Go on/],
  ['INTERRUPTED', 'CANCELLED', /^Cancelled plan-1, which was interrupted. Go on/],
  ['CANCELLED', 'CANCELLED', /^plan-1 had ended already: cancelled. Go on/],
  ['FAILED', 'FAILED', /^plan-1 had ended already: failed. Go on/],
  ['COMPLETED', 'COMPLETED', /^plan-1 had ended already: completed, retained.\n$/],
  ['GATING', 'COMPLETED', /^plan-1 had ended already: completed, retained.\n$/],
] as const)('cancel says what became of a run that was %s and is %s', async (from, to, said) => {
  expect(await call('cancel', `RUN_STATE_${from}`, `RUN_STATE_${to}`)).toMatch(said);
});

it.each([
  ['FAILED', 'PREPARING', /^Going on with r from step 7.\n$/],
  ['COMPLETED', 'COMPLETED', /^plan-1 had ended already: completed, retained.\n$/],
] as const)('resume says what became of a run that was %s and is %s', async (from, to, said) => {
  expect(await call('resume', `RUN_STATE_${from}`, `RUN_STATE_${to}`)).toMatch(said);
});
