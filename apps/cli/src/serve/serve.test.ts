import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExampleFolder, type ExampleFolder, examplePlan } from '../test-support/example.js';
import { startProgram } from '../test-support/start-program.js';
import { type Serving, startServing } from '../test-support/start-serving.js';

/** A run long enough to be stopped, watched and gone on with. */
const longPlan = examplePlan
  .replace('steps: 4', 'steps: 2000, weightAverage: 0.9')
  .replace('everySteps: 2', 'everySteps: 100');

/** What two runs of one plan must have in common, byte for byte. */
const results = ['metrics.jsonl', 'verdict.json', 'candidate/model.safetensors'];

describe('a trainer, a constraint service, an evaluator and a controller, a process each', () => {
  let folder: ExampleFolder;
  const services: Serving[] = [];
  let controller: Serving;
  let controllerArguments: readonly string[];

  beforeAll(async () => {
    folder = await createExampleFolder();
    await writeFile(join(folder.path, 'long.yaml'), longPlan);
    const roots = ['--roots', '/'];
    const [trainer, constraint, evaluator] = await Promise.all([
      startServing(folder.path, ['optimizer', 'encoder', ...roots, '--threads', '1']),
      startServing(folder.path, ['constraint']),
      startServing(folder.path, ['evaluator']),
    ]);
    services.push(trainer, constraint, evaluator);
    controllerArguments = [
      ['controller', ...roots],
      ['--encoder-address', trainer.address, '--optimizer-address', trainer.address],
      ['--constraint-address', constraint.address, '--evaluator-address', evaluator.address],
    ].flat();
    controller = await startServing(folder.path, [...controllerArguments, '--listen-port', '0']);
  });

  afterAll(async () => {
    for (const { child } of [...services, controller]) child?.kill('SIGKILL');
    await folder.remove();
  });

  const call = (...argv: string[]) =>
    startProgram(folder.path, [...argv, '--controller', controller.address]);
  const read = (run: string, name: string) => readFile(join(folder.path, 'runs', run, name));

  /** Submits the long plan and returns its id. */
  async function submitLong(...argv: string[]): Promise<string> {
    const { code, stdout, stderr } = await call('submit', 'long.yaml', ...argv).finished;
    expect(code, stderr).toBe(0);
    return stdout.trim();
  }

  /** Waits until a program has written something to the error stream. */
  async function until(progress: () => string, text: string): Promise<void> {
    await expect.poll(progress, { timeout: 60_000, interval: 20 }).toContain(text);
  }

  it('end with the bits and the exit code of a run in one process', async () => {
    const alone = await startProgram(folder.path, [
      'run',
      'plan.yaml',
      '--run-folder',
      'runs/alone',
    ]).finished;
    // As a job of a cluster does: the plan lies elsewhere than what it names.
    await mkdir(join(folder.path, 'job'));
    await copyFile(join(folder.path, 'plan.yaml'), join(folder.path, 'job/plan.yaml'));
    const submit = ['submit', 'job/plan.yaml', '--base', '.', '--request-id', 'job', '--wait'];
    const apart = await call(...submit, '--run-folder', 'runs/apart').finished;
    expect(apart.code, apart.stderr).toBe(alone.code);
    expect(apart.stdout).toBe(alone.stdout.replaceAll('runs/alone', 'runs/apart'));
    for (const name of results) {
      expect((await read('apart', name)).equals(await read('alone', name)), name).toBe(true);
    }
    const again = await call('watch', 'apart').finished;
    expect({ ...again, stderr: '' }).toEqual({ ...apart, stderr: '' });
    const once = await call(...submit, '--run-folder', 'runs/apart', '--any-verdict').finished;
    expect(apart.code).toBe(2);
    expect({ ...once, stderr: '' }).toEqual({ ...apart, code: 0, stderr: '' });
  });

  it('list a run by state and label, print its journal, and stop it', async () => {
    const runId = await submitLong('--label', 'team=vision', '--request-id', 'one');
    expect(await submitLong('--label', 'team=vision', '--request-id', 'one')).toBe(runId);
    const watched = call('watch', runId.slice(0, 8));
    await until(watched.progress, 'training');
    const { stdout: table } = await call('list', '--label', 'team=vision').finished;
    const [titles, row, ...others] = table.trimEnd().split('\n');
    expect(titles).toMatch(/^run +state +step +outcome +age +labels$/);
    expect(row).toMatch(/^long-\w{8} +training +\d+\/2000 +\d+ s +team=vision$/);
    expect(others).toEqual([]);
    const later = await call('submit', 'plan.yaml', '--caller', 'later').finished;
    expect(later.stderr).toContain('place 1 in the queue');
    const sooner = call('submit', 'plan.yaml', '--wait', '--priority', '5');
    await until(sooner.progress, 'waiting, place 1 in the queue');
    const { stdout: waiting } = await call('list', '--state', 'queued').finished;
    expect(waiting).toMatch(
      /^run +state +priority .*\nplan-\w+ +queued 1 +5 .*\nplan-\w+ +queued 2 +0 /,
    );
    const gone = await call('cancel', later.stdout.trim()).finished;
    expect(gone.stderr).toMatch(/^Cancelled plan-\w+, which waited\. Go on later with/);
    watched.child.kill('SIGINT');
    const left = await watched.finished;
    expect(left.code).toBe(130);
    expect(left.stderr).toContain(`The run goes on. Watch it again with: npx holdfast watch`);
    const watchedOn = call('watch', runId, '--json');
    const cancelled = await call('cancel', runId).finished;
    expect(cancelled).toMatchObject({ code: 0, stderr: expect.stringContaining('to stop') });
    const ended = await watchedOn.finished;
    // Its turn has come.
    expect((await sooner.finished).code).toBe(2);
    expect(ended.code).toBe(130);
    const events = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1).ended.run.state).toBe('RUN_STATE_CANCELLED');
    const listed = await call('list', '--label', 'team=vision', '--json').finished;
    expect(JSON.parse(listed.stdout)).toMatchObject({ runId, labels: { team: 'vision' } });
    const { stdout: journal } = await call('logs', runId).finished;
    expect(journal).toBe(
      await readFile(new URL(`${events.at(-1).ended.run.runUri}/journal.jsonl`), 'utf8'),
    );
  });

  it('watch on when the controller that was killed is back, and has taken up the run', async () => {
    const runId = await submitLong();
    const watched = call('watch', runId, '--json');
    let seen = '';
    watched.child.stdout!.on('data', (data) => {
      seen += data;
    });
    // Past the first checkpoint.
    const hasSeen = (text: RegExp) =>
      expect.poll(() => text.test(seen), { timeout: 60_000, interval: 20 }).toBe(true);
    await hasSeen(/"stepApplied":{"step":1\d\d,/);
    const port = controller.address.split(':')[1]!;
    controller.child.kill('SIGKILL');
    await controller.finished;
    await until(watched.progress, 'The controller is gone; waiting until it is back.');
    controller = await startServing(folder.path, [...controllerArguments, '--listen-port', port]);
    await hasSeen(/"stepApplied":{"step":2\d\d,/);
    await call('cancel', runId).finished;
    expect((await watched.finished).code).toBe(130);
    const sequences = seen
      .trim()
      .split('\n')
      .map((line) => Number(JSON.parse(line).sequence));
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    const resumed = await call('resume', runId).finished;
    expect(resumed.stderr).toMatch(/^Going on with .* from step [1-9]\d*\.$/m);
  });

  it('save what they do and end with 0 on SIGTERM', async () => {
    const { stdout } = await call('list', '--state', 'preparing', 'training', '--json').finished;
    const { runId } = JSON.parse(stdout);
    const watched = call('watch', runId);
    await until(watched.progress, 'training');
    controller.child.kill('SIGTERM');
    // The next controller goes on with the run: it has not ended.
    await until(watched.progress, 'The controller is gone; waiting until it is back.');
    expect((await controller.finished).code).toBe(0);
    watched.child.kill('SIGINT');
    const { code, stderr } = await watched.finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/The run goes on. Watch it again with: .* watch [\w-]+ --contr/);
    for (const { child, finished } of services) {
      child.kill('SIGTERM');
      expect((await finished).code).toBe(0);
    }
    const gone = await call('list').finished;
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain(`no controller answers at ${controller.address}: start one with`);
    expect(gone.stderr).toContain(`Waiting for a controller at ${controller.address} ...\n`);
  });
});

describe('all services in one process', () => {
  let folder: ExampleFolder;
  let serving: Serving;
  beforeAll(async () => {
    folder = await createExampleFolder();
    serving = await startServing(folder.path, [
      ...['all', '--roots', '/', '--threads', '1', '--listen-port', '0'],
    ]);
  });
  afterAll(async () => {
    serving?.child.kill('SIGKILL');
    await folder.remove();
  });

  it('run a plan, and say of a run that they do not know which one may be meant', async () => {
    const controller = ['--controller', serving.address];
    const { code, stdout, stderr } = await startProgram(folder.path, [
      ...['submit', 'plan.yaml', '--json', '--wait', ...controller],
    ]).finished;
    expect(code, stderr).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'holdfast.verdict/1' });
    const { stdout: list } = await startProgram(folder.path, ['list', ...controller]).finished;
    const [name = ''] = list.split('\n')[1]!.split(' ');
    const other = await startProgram(folder.path, ['watch', `${name}x`, ...controller]).finished;
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`the controller knows no run '${name}x'; is it ${name}?`),
    });
  });

  it('refuse a plan outside of their folders, and a controller that is not there', async () => {
    const elsewhere = await startServing(folder.path, ['all', '--listen-port', '0']);
    const plan = join(folder.path, '..', 'none.yaml');
    const none = await startProgram(folder.path, ['submit', plan]).finished;
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no such plan') });
    // The model of the example lies outside of the folder in which serve was started.
    const refused = await startProgram(folder.path, [
      ...['submit', 'plan.yaml', '--controller', elsewhere.address],
    ]).finished;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('outside');
    elsewhere.child.kill('SIGTERM');
    expect((await elsewhere.finished).code).toBe(0);
  });
});
