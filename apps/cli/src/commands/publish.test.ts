import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';

describe('holdfast publish', () => {
  let example: ExampleFolder;
  beforeAll(async () => {
    example = await createExampleFolder();
  });
  afterAll(() => example.remove());

  const run = async (argv: readonly string[], environment = {}) => {
    const terminal = createFakeTerminal({ cwd: example.path, environment });
    return { code: await runCli(argv, terminal), ...terminal.written };
  };

  it('asks where, and for addresses without secrets', async () => {
    expect((await run(['publish', 'runs'])).progress).toContain('say where: --mlflow');
    const { code, progress } = await run(['publish', 'x', '--mlflow', 'http://me:pass@host']);
    expect(code).toBe(1);
    expect(progress).toContain('name a file with the secret');
    expect(progress).not.toContain('pass@');
    const twin = await run(['publish', 'x'], { HOLDFAST_WEBHOOK: 'hooks.example' });
    expect(twin.progress).toContain('--webhook: name an address that begins with http');
    const stored = await run(['publish', 'runs', '--tensorboard', 's3://logs/fog']);
    expect(stored.progress).toContain('--tensorboard s3://logs/fog: event files are written to');
  });

  it('is done beside a run, which a server that is not there neither fails nor changes', async () => {
    const dead = 'http://127.0.0.1:1';
    const publish = ['--tensorboard', 'logs', '--model-card', '--mlflow', dead];
    const { code, output, progress } = await run([
      ...['run', 'plan.yaml', '--run-folder', 'run'],
      ...publish,
    ]);
    expect([0, 2]).toContain(code);
    expect(output).toContain('candidate   run/candidate');
    expect(progress).toMatch(
      /MLflow at http:\/\/127\.0\.0\.1:1, experiment holdfast did not get everything: .*\nPublish it again .*: holdfast publish run\n/,
    );
    expect(await readdir(join(example.path, 'run/candidate'))).toContain('README.md');
    const [runLogs] = await readdir(join(example.path, 'logs'));
    expect(await readdir(join(example.path, 'logs', runLogs!))).toHaveLength(1);

    const again = await run(['publish', 'run', '--tensorboard', 'logs']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.output).toContain('published  TensorBoard in');
  }, 180_000);
});
