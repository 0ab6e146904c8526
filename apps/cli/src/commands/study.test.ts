import { readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { studyRecordSchema } from '@holdfast/study';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../create-program.js';
import { createExampleFolder, type ExampleFolder, examplePlan } from '../test-support/example.js';
import { createFakeTerminal } from '../test-support/fake-terminal.js';
import { startProgram } from '../test-support/start-program.js';

const study = `plan: plan.yaml
methods:
  retain: {}
  flyp: { method: flyp }
seeds: [3]
conclude: { measure: targetGain, margin: 0.02 }
`;

const plan = examplePlan
  .replace(
    'steps: 4, targetBatch: 8, examplesPerTask: 4',
    'steps: 2, targetBatch: 2, examplesPerTask: 1',
  )
  .replace('everySteps: 2', 'everySteps: 1');

/** Its tests follow one another in the folder of one study: a refusal, an interrupt, a kill, and the end. */
describe('holdfast study', () => {
  let folder: ExampleFolder;
  beforeAll(async () => {
    folder = await createExampleFolder(10);
    await write('study.yaml', study);
    await write('plan.yaml', plan);
  });
  afterAll(() => folder.remove());

  const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
  const at = (...path: string[]) => join(folder.path, 'runs', 'study-study', ...path);
  const readRecord = async () =>
    studyRecordSchema.parse(JSON.parse(await readFile(at('study.json'), 'utf8')));
  const readStates = async () => (await readRecord()).cells.map(({ cell, state }) => [cell, state]);

  async function run(...argv: string[]) {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const code = await runCli(['study', 'study.yaml', ...argv], terminal);
    return { code, ...terminal.written };
  }

  it('says which plan is missing, and whose method a plan would refuse', async () => {
    await write('other.yaml', study.replace('plan.yaml', 'gone.yaml'));
    const terminal = createFakeTerminal({ cwd: folder.path });
    expect(await runCli(['study', 'other.yaml'], terminal)).toBe(1);
    expect(terminal.written.progress).toContain('other.yaml: plan gone.yaml is not there');
    await write('other.yaml', study.replace('method: flyp', 'methud: flyp'));
    const second = createFakeTerminal({ cwd: folder.path });
    expect(await runCli(['study', 'other.yaml'], second)).toBe(1);
    expect(second.written.progress).toContain('other.yaml: method flyp: methud');
  }, 240_000);

  it('refuses more runs at a time than there are processors, and than a controller queues', async () => {
    const processors = availableParallelism();
    const here = await run('--concurrent', String(processors + 1));
    expect(here.code).toBe(1);
    expect(here.progress).toMatch(/--concurrent is \d+; .*it is at most \d+/);
    const auto = await run('--concurrent', '2', '--execution-provider', 'auto');
    if (processors > 1) expect(auto.progress).toContain('each would choose for itself');
    const many = await run('--concurrent', '65', '--controller');
    expect(many.progress).toContain('--concurrent is 65; it is at most 64');
    expect(many.code).toBe(1);
  });

  it('checks plans and data beforehand, and neither trains nor writes', async () => {
    const { code, output, progress } = await run('--check');
    expect(code).toBe(0);
    expect(progress.match(/^reading data 30\/30$/gm)).toHaveLength(1);
    expect(output).toContain('study.yaml is good: 2 runs, of which 0 are finished.\n');
    expect(output).toMatch(/^retain +2 +0\/1 +retain: joint contrast, penalty .*; every weight$/m);
    expect(output).toMatch(/^flyp +2 +0\/1 +flyp: joint contrast, no constraints; every weight$/m);
    expect(await readdir(folder.path)).not.toContain('runs');
    await write('plan.yaml', plan.replace('root: images', 'root: gone'));
    const bad = await run('--check').finally(() => write('plan.yaml', plan));
    expect(bad).toMatchObject({ code: 1, output: '' });
    expect(bad.progress).toMatch(/study\.yaml, retain-seed-3.*gone/);
  }, 240_000);

  it('says what a run was refused for, and tries no other', async () => {
    await write('plan.yaml', plan.replace('root: images', 'root: gone'));
    const { code, progress } = await run('--folder', 'refused').finally(() =>
      write('plan.yaml', plan),
    );
    expect(code).toBe(1);
    expect(progress).toMatch(/retain-seed-3: .*gone/);
    expect(progress).not.toContain('is not to be seen here');
    expect(progress).not.toContain('Run 2 of 2');
  }, 240_000);

  it('stops at an interrupt with everything saved, and says how to go on', async () => {
    const terminal = createFakeTerminal({ cwd: folder.path });
    const running = runCli(['study', 'study.yaml'], terminal);
    while (!terminal.written.progress.includes('training')) await sleep(5);
    terminal.interrupt();
    expect({ code: await running, ...terminal.written }).toMatchObject({
      code: 130,
      progress: expect.stringContaining('with 2 of 2 runs left. Run the same command to go on.'),
    });
    expect(await readStates()).toEqual([
      ['retain-seed-3', 'stopped'],
      ['flyp-seed-3', 'waiting'],
    ]);
    const { conclude, conclusions } = await readRecord();
    expect(conclude).toMatchObject({ measure: 'targetGain', method: 'retain', against: ['flyp'] });
    expect(conclusions[0]).toMatchObject({ outcome: 'OPEN' });
  }, 240_000);

  it('refuses another study in the folder of one that has begun', async () => {
    await write('study.yaml', study.replace('0.02', '0.01'));
    const { code, progress } = await run();
    await write('study.yaml', study);
    expect(code).toBe(1);
    expect(progress).toContain('study.yaml is not what');
    expect(progress).toContain('give another --folder');
  });

  it('goes on after a kill, runs every cell to its end, and concludes', async () => {
    const started = startProgram(folder.path, ['study', 'study.yaml', '--threads', '1']);
    const second = at('runs', 'flyp-seed-3', 'origin.json');
    // Killed while the second run goes on.
    while (!(await readFile(second).catch(() => undefined))) {
      expect(started.child.exitCode).toBeNull();
      await sleep(5);
    }
    started.child.kill('SIGKILL');
    await started.finished;
    const verdict = await readFile(at('runs', 'retain-seed-3', 'verdict.json'));

    const { code, output, progress } = await run();
    expect({ code, progress }).toMatchObject({ code: 0 });
    expect(progress).not.toContain('Run 1 of 2');
    expect(progress).toContain('Run 2 of 2: flyp-seed-3');
    expect(progress).toMatch(/^flyp-seed-3 {5}\S+ +target +\S+ +worst +\S+/m);
    expect(output).toContain('UNDECIDED: retain against flyp: one seed says nothing of others');
    expect(await readFile(at('runs', 'retain-seed-3', 'verdict.json'))).toEqual(verdict);
    expect(await readStates()).toEqual([
      ['retain-seed-3', 'finished'],
      ['flyp-seed-3', 'finished'],
    ]);
    const cellPlan = await readFile(at('runs', 'flyp-seed-3', 'plan.yaml'), 'utf8');
    expect(cellPlan).toMatch(/^method: flyp$/m);
    expect(cellPlan).toMatch(/^seed: 3$/m);
    expect((await readFile(at('study.csv'), 'utf8')).trim().split('\r\n')).toHaveLength(3);
    const [whole, killed] = (await readRecord()).cells;
    expect(whole!.figures).toMatchObject({ resumed: false, stepImages: expect.any(Number) });
    const { figures, trajectory } = killed!;
    expect(figures!.calibration!.all.new).toBeGreaterThan(0);
    // Known unless the kill came after its first checkpoint.
    expect(figures!.resumed || figures!.stepImages! > 0).toBe(true);
    expect(figures!.resumed || figures!.measuredImages! > 0).toBe(true);
    expect(trajectory.at(-1)).toMatchObject({ step: 2, worstTask: expect.any(String) });
    const lines = (await readFile(at('clip-benchmark.jsonl'), 'utf8')).trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      ...{ dataset: 'images/validation', model: 'model', pretrained: 'flyp-seed-3' },
      task: 'zeroshot_classification',
    });
    expect(await readFile(at('study.html'), 'utf8')).toContain('2 of 2 runs are finished.');
    // A study's judgements are not counted among those of other runs.
    expect(await readdir(join(folder.path, 'images'))).not.toContain('holdfast-ledger.jsonl');
  }, 240_000);

  it('releases none of its runs, whatever their verdicts', async () => {
    const runPath = join('runs', 'study-study', 'runs', 'flyp-seed-3');
    const path = join(folder.path, runPath, 'candidate', 'verdict.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, JSON.stringify({ ...JSON.parse(text), outcome: 'RETAINED' }));
    for (const argv of [
      ['export', runPath, '--to', 'production'],
      ['promote', runPath, '--serving', '127.0.0.1:1', '--model', 'signs'],
      ['next', runPath, '--target', 'road work'],
    ]) {
      const terminal = createFakeTerminal({ cwd: folder.path });
      expect(await runCli(argv, terminal)).toBe(1);
      expect(terminal.written.progress).toContain(
        `${runPath} is a run of the study study.yaml, which releases nothing`,
      );
    }
    const terminal = createFakeTerminal({ cwd: folder.path });
    const report = await readFile(join(folder.path, runPath, 'report.html'), 'utf8');
    expect(report).toContain('One of the runs of the study study.yaml');
    expect(report).not.toContain('Take the candidate');
    const look = ['export', runPath, '--to', 'look', '--unreleased'];
    expect(await runCli(look, terminal)).toBe(0);
    await writeFile(path, text);
  });

  it('runs nothing again that has ended', async () => {
    const known = await readRecord();
    const checked = await run('--check');
    expect(checked.output).toContain('study.yaml is good: 2 runs, of which 2 are finished.\n');
    const { code, output, progress } = await run('--json');
    expect({ code, progress }).toEqual({ code: 0, progress: '' });
    expect(studyRecordSchema.parse(JSON.parse(output))).toEqual(known);
  });
});
