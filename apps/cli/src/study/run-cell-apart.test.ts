import { spawnSync } from 'node:child_process';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { studyRecordSchema } from '@holdfast/study';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExampleFolder, type ExampleFolder, examplePlan } from '../test-support/example.js';
import { type Started, startProgram } from '../test-support/start-program.js';

const plan = examplePlan
  .replace(
    'steps: 4, targetBatch: 8, examplesPerTask: 4',
    'steps: 24, targetBatch: 2, examplesPerTask: 1, weightAverage: 0.9',
  )
  .replace('everySteps: 2', 'everySteps: 4');
const study = `plan: plan.yaml
methods: { retain: {}, flyp: { method: flyp }, long: { training: { steps: 72 } } }
seeds: [3]
conclude: { measure: targetGain, margin: 0.02 }
`;
const cells = ['retain-seed-3', 'flyp-seed-3', 'long-seed-3'];
const [first, , third] = cells as [string, string, string];

/** What two runs of one plan must have in common, byte for byte. */
const results = ['metrics.jsonl', 'verdict.json', 'candidate/model.safetensors'];

/** Its tests follow one another in the folder of one study: a killed run, an interrupt, a kill, and the end. */
describe.runIf(availableParallelism() > 1)('a study with two runs at a time', () => {
  let folder: ExampleFolder;
  beforeAll(async () => {
    folder = await createExampleFolder(10);
    await writeFile(join(folder.path, 'plan.yaml'), plan);
    await writeFile(join(folder.path, 'study.yaml'), study);
  });
  afterAll(() => folder.remove());

  const at = (...path: string[]) => join(folder.path, 'runs', 'study-study', ...path);
  const start = () => startProgram(folder.path, ['study', 'study.yaml', '--concurrent', '2']);

  async function until(isSo: () => Promise<boolean>, { child, progress }: Started) {
    while (!(await isSo())) {
      if (child.exitCode !== null) throw new Error(progress());
      await sleep(5);
    }
  }

  const hasCheckpoint = (cell: string) => async () =>
    (await readdir(at('runs', cell, 'checkpoints')).catch(() => [])).some((name) =>
      name.startsWith('step-'),
    );

  /** The processes that have worked on runs, from their leases. */
  async function listProcesses(among: readonly string[] = cells): Promise<number[]> {
    const found = await Promise.all(
      among.map(async (cell) => {
        const lease = at('runs', cell, 'lease');
        const terms = await readdir(lease).catch(() => []);
        // One that is being written or released says nothing yet, or is gone.
        const texts = terms.map((name) => readFile(join(lease, name), 'utf8').catch(() => ''));
        return (await Promise.all(texts)).map((text) => /"processId":(\d+),/.exec(text)?.[1]);
      }),
    );
    return found
      .flat()
      .filter((id) => id !== undefined)
      .map(Number);
  }

  const listLiving = async () =>
    (await listProcesses()).filter((processId) => {
      try {
        return process.kill(processId, 0);
      } catch {
        return false;
      }
    });

  it('gives what to compare with: its runs one after another', async () => {
    const { code, stderr } = await startProgram(folder.path, ['study', 'study.yaml']).finished;
    expect(code, stderr).toBe(0);
    await rename(at(), join(folder.path, 'runs', 'alone'));
  });

  it('goes on with the next where the process of one is killed, and stops all at an interrupt', async () => {
    const started = start();
    await until(hasCheckpoint(first), started);
    const [processId] = await listProcesses([first]);
    expect(processId).not.toBe(started.child.pid);
    process.kill(processId!, 'SIGKILL');
    await until(hasCheckpoint(third), started);
    // A terminal interrupts the whole group.
    for (const each of [...(await listLiving()), started.child.pid!]) process.kill(each, 'SIGINT');
    const { code, stderr } = await started.finished;
    expect(code, stderr).toBe(130);
    const ended = `${first}: its process ended with SIGKILL; run the same command to go on\n`;
    expect(stderr.split(ended)).toHaveLength(2);
    expect(stderr).toMatch(/Stopped with [23] of 3 runs left\. Run the same command to go on\.\n$/);
    expect(await listLiving()).toEqual([]);
    const record = studyRecordSchema.parse(JSON.parse(await readFile(at('study.json'), 'utf8')));
    expect(record.cells[0]!.state).toBe('stopped');
    const journal = await readFile(at('runs', third, 'journal.jsonl'), 'utf8');
    expect(JSON.parse(journal.trim().split('\n').at(-1)!)).toMatchObject({
      event: 'run.stopped',
      state: 'cancelled',
    });
  });

  it('leaves no process where it is killed', async () => {
    const started = start();
    // It is at work, and has nothing to say for a while, by which it would hear that nobody listens.
    await until(async () => started.progress().includes(`${third}: note: 'road work'`), started);
    started.child.kill('SIGKILL');
    await started.finished;
    await expect.poll(listLiving, { timeout: 30_000, interval: 100 }).toEqual([]);
    const journal = await readFile(at('runs', third, 'journal.jsonl'), 'utf8');
    expect(journal).not.toContain('training.completed');
  });

  it('goes on to the bytes of one that had its runs one after another', async () => {
    const { code, stdout, stderr } = await start().finished;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`${first}: note: This is judgement 1 by these validation images.`);
    expect(stdout).toContain('UNDECIDED: retain against flyp');
    for (const cell of cells) {
      for (const name of results) {
        const [apart, alone] = await Promise.all([
          readFile(at('runs', cell, name)),
          readFile(join(folder.path, 'runs', 'alone', 'runs', cell, name)),
        ]);
        expect(apart.equals(alone), `${cell}/${name}`).toBe(true);
      }
    }
    expect(await listLiving()).toEqual([]);
  });
});

it('says so where the system lets no process be started', () => {
  const module = new URL('../../dist/study/run-cell-apart.js', import.meta.url).href;
  const script = `
    import { openSync } from 'node:fs';
    import { runCellApart } from '${module}';
    try { for (;;) openSync('/dev/null'); } catch {}
    const work = { cell: { name: 'retain-seed-3' } };
    const run = await runCellApart(work, new AbortController().signal, process.stdout);
    process.stdout.write(String(run));`;
  const command = 'ulimit -n 100; exec "$0" --input-type=module -e "$1"';
  const started = spawnSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
  const said = 'retain-seed-3: its process did not start: spawn .* EMFILE';
  expect(started.stdout, started.stderr).toMatch(new RegExp(`^${said}\nundefined$`));
});
