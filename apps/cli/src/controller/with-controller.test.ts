import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ControllerServiceDefinition,
  Run,
} from '@holdfast/proto/holdfast/controller/v1/controller';
import { EvaluatorServiceDefinition } from '@holdfast/proto/holdfast/evaluator/v1/evaluator';
import { defineService, type RunningServer, startServer } from '@holdfast/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import type { Environment } from '../terminal/terminal.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

/** Methods that no test calls. */
const unused = ({ methods }: { readonly methods: object }) =>
  Object.fromEntries(Object.keys(methods).map((name) => [name, async () => ({})]));

describe('a command that calls a controller', () => {
  let folder: string;
  let controller: RunningServer;
  let evaluator: RunningServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-token-'));
    await writeFile(join(folder, 'token'), 'secret\n');
    const run = Run.fromPartial({ runId: 'r', runUri: 'file:///runs/plan-1' });
    const controllers = {
      ...unused(ControllerServiceDefinition),
      listRuns: async () => ({ runs: [run] }),
    };
    controller = await startServer({
      services: [defineService(ControllerServiceDefinition, controllers as never)],
      token: 'secret',
    });
    evaluator = await startServer({
      services: [
        defineService(EvaluatorServiceDefinition, unused(EvaluatorServiceDefinition) as never),
      ],
    });
  });
  afterAll(async () => {
    await Promise.all([controller.close(), evaluator.close()]);
    await rm(folder, { recursive: true });
  });

  async function list(address: string, environment: Environment, ...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder, environment });
    const code = await runCli(['list', '--controller', address, ...argv], terminal);
    return { code, ...terminal.written };
  }

  it('shows the token of a file that an option or a variable names, from the folder it is typed in', async () => {
    for (const { code, output } of [
      await list(controller.address, {}, '--token-path', 'token'),
      await list(controller.address, { HOLDFAST_TOKEN_PATH: 'token' }),
    ]) {
      expect(code).toBe(0);
      expect(output).toContain('plan-1');
    }
    const { code, progress } = await list(controller.address, {});
    expect(code).toBe(1);
    expect(progress).toContain('--token-path');
  });

  it('says so where no controller is served', async () => {
    const { code, progress } = await list(evaluator.address, {});
    expect(code).toBe(1);
    expect(progress).toBe(
      `error: what answers at ${evaluator.address} serves no controller; say where one is with --controller\n`,
    );
  });
});
